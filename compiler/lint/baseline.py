"""Findings that were there before: a report in JSON, from which those of today are taken away."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

from compiler.diagnostics import Diagnostic

__all__ = ["BaselineError", "new_findings", "read_baseline"]

Key = tuple[str, str, str]


class BaselineError(Exception):
    """What was read is no report."""


def read_baseline(text: str) -> Counter[Key]:
    """The findings of a report in JSON, by code, file and message, so that they may move. Raises `BaselineError`."""
    try:
        entries = json.loads(text)
        return Counter((str(one["code"]), str(one["file"] or ""), str(one["message"])) for one in entries)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise BaselineError("it is no report in JSON: write it with `--output-format json`") from error


def new_findings(found: Iterable[Diagnostic], baseline: Counter[Key]) -> list[Diagnostic]:
    """What `baseline` does not hold; a second finding of a kind that it holds once is new."""
    left = baseline.copy()
    new: list[Diagnostic] = []
    for one in sorted(found, key=lambda one: one.sort_key):
        key = (one.code, one.span.file if one.span is not None else "", one.message)
        if left[key] > 0:
            left[key] -= 1
        else:
            new.append(one)
    return new
