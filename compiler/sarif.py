"""Diagnostics as SARIF 2.1.0, which code scanning reads (https://docs.oasis-open.org/sarif/sarif/v2.1.0/)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from compiler.diagnostics import Diagnostic, Edit, Severity, Span

__all__ = ["sarif_report"]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}

Json = dict[str, Any]


def sarif_report(diagnostics: Iterable[Diagnostic], version: str, pages: Mapping[str, tuple[str, str]]) -> str:
    """One run of kmon. `pages` holds (title, Markdown) for the codes that have a page.

    Columns count characters, as SARIF knows no bytes.
    """
    ordered = sorted(diagnostics, key=lambda one: one.sort_key)
    codes = sorted({one.code for one in ordered})
    seen: Counter[str] = Counter()
    driver = {
        "name": "kmon",
        "version": version,
        "rules": [_rule(code, pages.get(code), next(one for one in ordered if one.code == code)) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, codes.index(one.code), seen) for one in ordered],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _rule(code: str, page: tuple[str, str] | None, example: Diagnostic) -> Json:
    rule: Json = {"id": code, "defaultConfiguration": {"level": _LEVELS[example.severity]}}
    if page is not None:
        title, markdown = page
        rule |= {"shortDescription": {"text": title}, "help": {"text": markdown, "markdown": markdown}}
    return rule


def _result(one: Diagnostic, index: int, seen: Counter[str]) -> Json:
    text = one.message if one.help is None else f"{one.message}\n{one.help}"
    result: Json = {
        "ruleId": one.code,
        "ruleIndex": index,
        "level": _LEVELS[one.severity],
        "message": {"text": text},
        "partialFingerprints": {"kmon/v1": _fingerprint(one, seen)},
    }
    if one.span is not None:
        result["locations"] = [_location(one.span)]
    related = [{**_location(note.span), "message": {"text": note.text}} for note in one.notes if note.span is not None]
    if related:
        result["relatedLocations"] = related
    if one.fix:
        result["fixes"] = [_fix(one.fix)]
    return result


def _fix(edits: Iterable[Edit]) -> Json:
    files: dict[str, list[Json]] = {}
    for edit in edits:
        change = {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}
        files.setdefault(edit.span.file, []).append(change)
    return {
        "artifactChanges": [
            {"artifactLocation": {"uri": quote(file)}, "replacements": changes} for file, changes in files.items()
        ]
    }


def _fingerprint(one: Diagnostic, seen: Counter[str]) -> str:
    """The same for a finding that only moved to another line."""
    line = one.span.source.line(one.span.position[0]).strip() if one.span is not None else ""
    key = f"{one.code}\0{one.span.file if one.span else ''}\0{one.message}\0{line}"
    seen[key] += 1
    return hashlib.sha256(f"{key}\0{seen[key]}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _location(span: Span) -> Json:
    return {"physicalLocation": {"artifactLocation": {"uri": quote(span.file)}, "region": _region(span)}}


def _region(span: Span) -> Json:
    line, column = _position(span, span.start)
    end_line, end_column = _position(span, span.end)
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}


def _position(span: Span, offset: int) -> tuple[int, int]:
    line, _ = span.source.position(offset)
    return line, offset - span.source.offset(line) + 1
