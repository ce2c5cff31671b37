"""Objects as YAML that every reader takes for the same."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from compiler.deploy.printing import documents


def read(text: str, version: tuple[int, int]) -> Any:
    reader = YAML(typ="safe", pure=True)
    reader.version = version
    return reader.load(text)


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "No",
        "on",
        "y",
        "1:30",
        "0o7",
        "010",
        "1e3",
        "null",
        "~",
        "true",
        "2024-01-01",
        "",
        " a",
        "a: b",
        "#",
        "1_000",
    ],
)
def test_a_text_is_a_text_in_both_versions_of_yaml(text: str) -> None:
    printed = documents([{"kind": "X", "value": text}])
    assert read(printed, (1, 1))["value"] == text
    assert read(printed, (1, 2))["value"] == text


@given(st.text(st.characters(codec="utf-8")))
def test_what_is_printed_is_read_again(text: str) -> None:
    assert read(documents([{"value": text}]), (1, 1))["value"] == text


def test_a_configuration_stays_readable() -> None:
    printed = documents([{"data": {"config.alloy": 'loki.echo "a" {\n\tx = 1\n}\n'}}, {"kind": "Second"}])
    assert printed == 'data:\n  config.alloy: |\n    loki.echo "a" {\n    \tx = 1\n    }\n---\nkind: Second\n'
    assert not re.search(r"[ \t]$", printed, re.MULTILINE)
