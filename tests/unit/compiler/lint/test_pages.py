"""Both examples of every page: the first gives exactly its code, the second is clean."""

from __future__ import annotations

import pytest

from compiler.lint.registry import pages
from tests.unit.compiler.lint.pages import examples, found

PAGES = pages()


@pytest.mark.parametrize("code", PAGES)
def test_the_example_has_exactly_this_mistake(code: str) -> None:
    text, options = examples(PAGES[code].page)[0]
    got = found(text, options)
    assert {one[0] for one in got} == {code}, got


@pytest.mark.parametrize("code", PAGES)
def test_what_to_use_instead_is_clean(code: str) -> None:
    text, options = examples(PAGES[code].page)[1]
    assert found(text, options) == []
