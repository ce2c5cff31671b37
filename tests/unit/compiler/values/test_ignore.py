"""Comments in values that ignore a finding: what is one, and what it speaks of."""

from __future__ import annotations

import pytest

from compiler.diagnostics import Diagnostics, Source
from compiler.values.ignore import ignores_of


def covered(text: str) -> list[str]:
    found = Diagnostics()
    source = Source("values.yaml", text)
    ignores = list(ignores_of(source, found))
    assert not found.found
    return [text[slice(*ignore.covers)] for ignore in ignores]


@pytest.mark.parametrize(
    ("text", "spoken_of"),
    [
        ("a: 1 # kmon:ignore KM401 why\nb: 2\n", ["a: 1 "]),
        ("# kmon:ignore KM401 why\na: 1\nb: 2\n", ["a: 1"]),
        ("# kmon:ignore KM401 why\n\n# more\na:\n  b: 2\n", ["a:\n"]),
        ("a:\n  # kmon:ignore KM401 why\n  b: [1, 2]\n  c: 3\n", ["b: [1, 2]"]),
        ("a:\n  # kmon:ignore KM401 why\n  - b: 1\n    c: 2\n", ["b: 1\n    c: 2\n"]),
        ("# kmon:ignore KM401 why\na: |\n  one\n  two\n", ["a: |\n  one\n  two\n"]),
        ("a: 1\n# kmon:ignore KM401 why\n", [""]),
        ("{a: 1, # kmon:ignore KM401 why\n b: 2}\n", ["{a: 1, "]),
        ("# kmon:ignore KM401 why\n# kmon:ignore KM402 why\na: 1\n", ["a: 1", "a: 1"]),
    ],
)
def test_what_a_comment_speaks_of(text: str, spoken_of: list[str]) -> None:
    assert covered(text) == spoken_of


@pytest.mark.parametrize(
    "text",
    [
        'a: "x # kmon:ignore KM401 why"\n',
        '"x # kmon:ignore KM401 why": 1\n',
        "a: |\n  # kmon:ignore KM401 why\n",
        "a: x#kmon:ignore KM401 why\n",
        "a: 1 # kmon:ignored KM401 why\n",
        "a: 1\n",
    ],
)
def test_what_is_no_such_comment(text: str) -> None:
    assert covered(text) == []


@pytest.mark.parametrize("comment", ["# kmon:ignore", "# kmon:ignore KM401", "# kmon:ignore everything here"])
def test_a_comment_needs_a_code_and_a_reason(comment: str) -> None:
    found = Diagnostics()
    assert list(ignores_of(Source("values.yaml", f"{comment}\na: 1\n"), found)) == []
    assert [(one.code, one.span and one.span.text) for one in found] == [("KM290", comment)]
