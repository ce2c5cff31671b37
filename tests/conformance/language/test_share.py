"""How many cases of the language may differ, and that each that does is named."""

from __future__ import annotations

import pytest

from tests.conformance.case import found_cases
from tests.conformance.language.cases import TOPICS, cases
from tests.conformance.scope import excepted

_LEAST = {
    "expressions": 0.97,
    "fmt": 0.97,
    "parse-errors": 0.97,
    "validate": 0.97,
    "validate-misses": 0.95,
    "engine": 0.75,
}
"""An engine answers differently where it is built differently: kmon loads a configuration whole or not at all."""


@pytest.mark.parametrize("topic", TOPICS)
def test_exceptions_stay_few(topic: str) -> None:
    names = [case["name"] for case in cases(topic)]
    assert len(names) == len(set(names))
    different = {id.removeprefix(f"language/{topic}/") for id in excepted() if id.startswith(f"language/{topic}/")}
    assert different <= set(names), "exceptions.toml names cases that do not exist"
    assert 1 - len(different) / len(names) >= _LEAST[topic]


def test_every_exception_is_of_a_topic() -> None:
    known = {found.topic for found in found_cases()} | {f"language/{topic}" for topic in TOPICS}
    assert {id for id in excepted() if not any(id.startswith(f"{topic}/") for topic in known)} == set()
    assert all(exception.reason.strip() for exception in excepted().values())
