"""Which words are surely another one, and what an edit takes with it."""

from __future__ import annotations

import pytest

from compiler.diagnostics import Edit, Source, Span
from compiler.fixes import removed, respelled, slip_of


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("tennant_id", ["tenant_id", "url"], "tenant_id"),
        ("forward_t", ["forward_to"], "forward_to"),
        ("reciever", ["receiver"], "receiver"),
        ("target", ["targets"], "targets"),
        ("loki.wrote.default", ["loki.write.default"], "loki.write.default"),
        ("receiver", ["receiver"], None),
        ("hosts", ["host", "ghosts"], None),
        ("url", ["urls"], None),
        ("logs_1", ["logs_2"], None),
        ("logs1", ["logs"], None),
        ("prod_a", ["prod_b"], None),
        ("expresions_", ["expressions"], None),
        ("remove", ["replace"], None),
    ],
)
def test_one_slip_of_the_hand(word: str, known: list[str], meant: str | None) -> None:
    assert slip_of(word, known) == meant


def applied(text: str, edits: tuple[Edit, ...]) -> str:
    for edit in edits:
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a\n  // X\nb\n", "a\nb\n"),
        ("// X", ""),
        ("a // X\nb\n", "a\nb\n"),
        ("\t/* // X */ b\n", "\t/* */ b\n"),
        ("a\r\n// X\r\nb\r\n", "a\r\nb\r\n"),
    ],
)
def test_what_is_removed_takes_its_blanks_and_an_empty_line(text: str, left: str) -> None:
    at = text.index("// X")
    assert applied(text, removed(Span(Source("a", text), at, at + 4))) == left


def test_a_word_is_respelled_only_where_it_stands() -> None:
    source = Source("a", "loki.proces.p.receiver")
    span = Span(source, 0, len(source.text))
    assert applied(source.text, respelled(span, "loki.proces", "loki.process")) == "loki.process.p.receiver"
    assert respelled(span, "loki.process", "x") == ()
    assert respelled(span, "loki.proces", None) == ()
