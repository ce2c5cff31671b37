"""Both examples of every page: the first gives exactly its code, the second is clean."""

from __future__ import annotations

import pytest

from compiler.diagnostics import Diagnostics, Source
from compiler.lint.registry import pages
from compiler.syntax import parse
from compiler.syntax.tree import Attribute, walk
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


@pytest.mark.parametrize("odd", ["null", "[[null]]", "{a = -1}", "sys.env(1)", "true", '"("'])
def test_no_value_makes_lint_fail(odd: str) -> None:
    for page in PAGES.values():
        text, options = examples(page.page)[1]
        file = parse(Source("config.alloy", text), Diagnostics())
        for node in walk(file):
            if isinstance(node, Attribute):
                span = node.value.span
                assert all(
                    message and "\n" not in message
                    for _, _, message in found(text[: span.start] + odd + text[span.end :], options)
                )
