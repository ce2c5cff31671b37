"""The cases of the language, topic by topic, and what it means that kmon answers as Alloy does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from compiler.diagnostics import Diagnostic, Diagnostics
from tests.conformance.scope import excepted

__all__ = ["TOPICS", "Case", "agrees", "cases", "params", "places", "wanted_places"]

Case = dict[str, Any]
TOPICS = ("engine", "expressions", "fmt", "parse-errors", "validate", "validate-misses")
"""`modules` has the form of the other families, and their runner."""
_EXCEPTED = excepted()


def cases(topic: str) -> list[Case]:
    found: list[Case] = json.loads(Path(__file__).with_name(f"{topic}.json").read_text(encoding="utf-8"))
    return found


def params(topic: str, chosen: Callable[[Case], object] = lambda case: True) -> list[Any]:
    """The cases of a topic that `chosen` holds for, to be parametrised with; each test file takes a part of a topic."""
    return [pytest.param(case, id=case["name"]) for case in cases(topic) if chosen(case)]


def agrees(topic: str, case: Case, got: object, wanted: object) -> None:
    """What kmon answers is what Alloy answered; of an exception, that it still is not."""
    exception = _EXCEPTED.get(f"language/{topic}/{case['name']}")
    if exception is None:
        assert got == wanted, f"{case['about']}\nkmon:  {got}\nAlloy: {wanted}"
    elif got != wanted:
        pytest.xfail(exception.reason)
    else:
        pytest.fail("agrees: it is no longer an exception, take it out of exceptions.toml")


def places(found: Diagnostics | list[Diagnostic]) -> list[tuple[str, int, int]]:
    """Severity and position of each finding that has one; what a message says is not compared, only that it is one line."""
    assert all(one.message and "\n" not in one.message and not one.message.endswith(".") for one in found)
    return sorted((str(one.severity), *one.span.position) for one in found if one.span)


def wanted_places(listed: list[Case]) -> list[tuple[str, int, int]]:
    return sorted((one["severity"], one["line"], one["column"]) for one in listed if "line" in one)
