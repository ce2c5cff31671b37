"""The law of the printer: printing twice changes nothing, and what is printed means what was read."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.diagnostics import Diagnostics, Source
from compiler.syntax import format_text, is_identifier, parse, quote
from compiler.syntax.tree import (
    Access,
    Array,
    Attribute,
    Binary,
    Block,
    Body,
    Call,
    File,
    Identifier,
    Index,
    Literal,
    Object,
    Paren,
    Unary,
)


def shape(node: Any) -> Any:
    """The tree without its places."""
    match node:
        case File():
            return (shape(node.body), tuple(comment.text for comment in node.comments))
        case Body():
            return tuple(map(shape, node.statements))
        case Attribute():
            return ("attribute", node.name.text, shape(node.value))
        case Block():
            return ("block", node.type, node.label and node.label.text, shape(node.body))
        case Literal():
            return ("literal", node.kind, node.raw)
        case Identifier():
            return ("identifier", node.name)
        case Array():
            return ("array", *map(shape, node.elements))
        case Object():
            return ("object", *((f.name.text, f.name.quoted, shape(f.value)) for f in node.fields))
        case Access():
            return ("access", shape(node.value), node.name.text)
        case Index():
            return ("index", shape(node.value), shape(node.index))
        case Call():
            return ("call", shape(node.value), *map(shape, node.arguments))
        case Unary():
            return ("unary", node.operator, shape(node.value))
        case Binary():
            return ("binary", node.operator, shape(node.left), shape(node.right))
        case Paren():
            return ("paren", shape(node.inner))
    raise AssertionError(node)


def check(text: str) -> None:
    diagnostics = Diagnostics()
    before = parse(Source("before", text), diagnostics)
    assert not diagnostics.found, (text, [(d.span and d.span.position, d.message) for d in diagnostics])
    once = format_text(Source("once", text), Diagnostics())
    assert once is not None
    after = parse(Source("after", once), again := Diagnostics())
    assert not again.found, (once, [d.message for d in again])
    assert shape(after) == shape(before)
    assert format_text(Source("twice", once), Diagnostics()) == once


@pytest.mark.parametrize(
    "text",
    [
        "v = 1 +\n2\nlonger = 3\n",
        "v = [ // open\n1, /* a\nb */ 2, // two\n]\n",
        "v = f( // open\n)\nw = f(\n)\n",
        "v = f(a,\nb, c, // see\n// last\n)\n",
        "v = {a = [\n1,\n], b = 2}\nw = {a = [\n1,\n]}\n",
        'v = {`a\\d` = 1, `say "x"` = 2, "" = 3}\n',
        "a { /* c */ b = 1 /* d */ }\nc = 2\n",
        "x = 1 /* a\n b */\nlonger = 2\n",
        "v = /* c */ (1)\nw = (/* d */ 1)\nx = a. /* e */ b\n",
        "v = 1 .x\nw = - -1\nz = !  ! true\n",
        "a { }\n\n\nb = 1\n// c\n\n\n\n// d\n",
        "v = 1 + // one\n2 // two\nw = 3 // three\n",
        "v = `a\n\tb  \n`\nw = 2\n",
        "// only\r\n/* a\r\nb */\r\n",
        "a {\n  x = 1 // one\n} // end\nlonger = 2 // two\n",
        "longname = {x = 1,\ny = 2}\n",
    ],
)
def test_awkward_texts(text: str) -> None:
    check(text)


ROOT = Path(__file__).parents[4]
LISTED = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.alloy"]
FILES = subprocess.run(LISTED, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize("file", FILES)
def test_every_configuration_in_the_repository(file: str) -> None:
    check((ROOT / file).read_text(encoding="utf-8"))


names = st.sampled_from(["a", "forward_to", "städte", "x1", "_y"])
blank = st.sampled_from(["", " ", "  ", "\t", " /* c */ "])
# Where a line may break inside of brackets and behind operators.
broken = st.sampled_from(
    ["", "", " ", "\n", "\n\n\n", " // note\n", "\n// above\n", "\n/* b */ ", " /* over\n lines */\n"]
)
literals = st.one_of(
    st.sampled_from(
        ["1", "010", "1.5", ".5", "1e3", "true", "null", "``", "`raw\n  x  \n`", '"a\\tb"', "18446744073709551615"]
    ),
    st.text(max_size=5).map(quote),
)


def join(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map("".join)


@st.composite
def listed(draw: st.DrawFn, element: st.SearchStrategy[str], opened: str, closed: str) -> str:
    elements = draw(st.lists(element, max_size=3))
    text = opened + draw(broken)
    for index, one in enumerate(elements):
        last = index + 1 == len(elements)
        gap = draw(broken)
        # The last comma may go only when the bracket follows on its line.
        comma = "" if last and gap in {"", " "} and draw(st.booleans()) else ","
        text += one + comma + gap
    return text + closed


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    key = st.one_of(names, st.text(max_size=4).map(quote), st.sampled_from(["`a\\d`", '"a\\tb"', '""']))
    operator = st.sampled_from(["+", "-", "*", "/", "%", "^", "==", "!=", "<", ">=", "&&", "||"])
    return st.one_of(
        listed(inner, "[", "]"),
        listed(join(key, blank, st.just("="), broken, inner), "{", "}"),
        listed(inner, "string.format(", ")"),
        join(st.just("("), broken, inner, st.just(")")),
        join(st.sampled_from(["-", "!", "- "]), st.just("("), inner, st.just(")")),
        join(inner, blank, operator, broken, inner),
        join(names, st.just("["), broken, inner, st.just("]")),
        join(names, st.just("."), blank, names),
    )


expressions = st.recursive(st.one_of(literals, names), larger, max_leaves=8)
ends = st.sampled_from(["\n", "\n\n\n", " // tail\n", " /* tail */\n", "\n// below\n\n", "\n/* b\n  c */\n", "\r\n"])
attributes = join(names, blank, st.just("="), broken, expressions, ends)
labels = st.sampled_from(["", ' "label"', ' ""', '"x"'])


def blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    name = st.sampled_from(["loki.process", "stage.cri", "rule"])
    body = st.one_of(st.lists(inner, max_size=3).map("".join), st.just(""))
    opening = st.sampled_from([" {\n", " { // open\n", "{", " { /* c */ ", " {\n\n// first\n"])
    return join(name, labels, opening, body, st.just("}"), ends)


files = st.lists(st.recursive(attributes, blocks, max_leaves=5), max_size=4).map("".join)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(files)
def test_generated_files(text: str) -> None:
    check(text)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.text(st.sampled_from(list("ab1.\"`'\\\n\t {}[]()=,+-!/*|&#\0\ufeffé²")), max_size=40))
def test_any_text_is_parsed_or_reported(text: str) -> None:
    formatted = format_text(Source("x", text), found := Diagnostics())
    assert (formatted is None) == bool(found.errors)
    if formatted is not None:
        check(text)


def test_identifier_strategy_is_sound() -> None:
    assert all(is_identifier(name) for name in ["a", "forward_to", "städte", "x1", "_y"])
