"""`--set`, `--set-string` and `--set-file` in Helm's syntax.

    assignments = assignment { "," assignment }
    assignment  = key { "." key | "[" index "]" } "=" value
    value       = text | "{" [ text { "," text } ] "}"

A backslash takes the next character as it is. In `--set` a bare `true`, `false`, `null` or integer of 64 bits without
leading zero has that type; everything else is a text. `key={}` is, as in Helm, a list of one empty text.

A mistake that Helm lets pass in silence (an empty key, an unfinished path) is an error here.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from compiler.diagnostics import Diagnostics, Source, Span
from compiler.texts import read_text
from compiler.values.errors import BadSet
from compiler.values.tree import Entry, MapNode, Node, Path, ScalarNode, SequenceNode

__all__ = ["apply_set", "apply_set_file", "apply_set_string"]

_MAX_INDEX = 65536
_INTEGER = re.compile(r"0|[-+][0-9]+|[1-9][0-9]*")


def apply_set(base: MapNode, text: str, diagnostics: Diagnostics) -> MapNode:
    """`--set text` upon `base`."""
    return _apply(base, "--set", text, _typed, diagnostics)


def apply_set_string(base: MapNode, text: str, diagnostics: Diagnostics) -> MapNode:
    """`--set-string text` upon `base`: every value stays a text."""
    return _apply(base, "--set-string", text, lambda word, span: ScalarNode(word, span, "'"), diagnostics)


def apply_set_file(base: MapNode, text: str, diagnostics: Diagnostics) -> MapNode:
    """`--set-file key=path` upon `base`: the value is the file's content.

    Raises `OSError` when the file cannot be read, or is not UTF-8.
    """

    def content(path: str, span: Span) -> Node:
        if not path:
            raise _BadSetError("no file is named", span.start)
        return ScalarNode(read_text(path), span, "'")

    return _apply(base, "--set-file", text, content, diagnostics)


def _typed(word: str, span: Span) -> Node:
    match word.lower():
        case "true":
            return ScalarNode(True, span)
        case "false":
            return ScalarNode(False, span)
        case "null":
            return ScalarNode(None, span)
    if _INTEGER.fullmatch(word) and -(1 << 63) <= int(word) < 1 << 63:
        return ScalarNode(int(word), span)
    return ScalarNode(word, span, "'")


def _apply(
    base: MapNode, option: str, text: str, value: Callable[[str, Span], Node], diagnostics: Diagnostics
) -> MapNode:
    # The value may be a secret, and the name of a source is shown.
    parser = _Parser(Source(f"{option} {text.partition('=')[0]}", text), value)
    result: Node = base
    try:
        for path, spans, node in parser.assignments():
            result = _put(result, path, spans, node)
    except _BadSetError as error:
        diagnostics.report(BadSet(option, error.problem), Span(parser.source, error.at, min(error.at + 1, len(text))))
        return base
    assert isinstance(result, MapNode)
    return result


class _BadSetError(Exception):
    def __init__(self, problem: str, at: int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.at = at


class _Parser:
    def __init__(self, source: Source, value: Callable[[str, Span], Node]) -> None:
        self.source = source
        self.text = source.text
        self.value = value
        self.at = 0

    def assignments(self) -> list[tuple[Path, tuple[Span, ...], Node]]:
        found = []
        while self.at < len(self.text):
            path, spans = self.path()
            found.append((path, spans, self.node()))
            if self.at < len(self.text):
                self.at += 1  # the comma
        if not found:
            raise _BadSetError("nothing is assigned", 0)
        return found

    def path(self) -> tuple[Path, tuple[Span, ...]]:
        steps: list[str | int] = []
        spans: list[Span] = []
        mark = "."
        while mark != "=":
            start = self.at
            step = self.index() if mark == "[" else self.key()
            steps.append(step)
            spans.append(Span(self.source, start, self.at - 1 if mark == "[" else self.at))
            mark = self.text[self.at : self.at + 1]
            if isinstance(step, int) and (not mark or mark not in ".[="):
                raise _BadSetError("behind an index comes `.`, `[` or `=`", self.at)
            if not mark or mark == ",":
                raise _BadSetError(f"key `{step}` has no value", start)
            self.at += 1
        return tuple(steps), tuple(spans)

    def key(self) -> str:
        start = self.at
        word = self.word(".[=,")
        if not word:
            raise _BadSetError("a key is empty", start)
        return word

    def index(self) -> int:
        """A list index, behind its `[` and up to its `]` and with it."""
        start = self.at
        digits = self.word("]=,")
        if self.text[self.at : self.at + 1] != "]":
            raise _BadSetError("the index `[` is not closed", start - 1)
        if not (digits.isascii() and digits.isdigit()) or int(digits) > _MAX_INDEX:
            raise _BadSetError(f"`[{digits}]` is no list index from 0 to {_MAX_INDEX}", start)
        self.at += 1
        return int(digits)

    def node(self) -> Node:
        start = self.at
        if self.text[start : start + 1] == "{":
            self.at += 1
            return self.list_node(start)
        word = self.word(",")
        return self.value(word, Span(self.source, start, self.at))

    def list_node(self, start: int) -> SequenceNode:
        items: list[Node] = []
        while True:
            at = self.at
            word = self.word(",}")
            mark = self.text[self.at : self.at + 1]
            if not mark:
                raise _BadSetError("the list `{` is not closed", start)
            items.append(self.value(word, Span(self.source, at, self.at)))
            self.at += 1
            if mark == "}":
                if self.at < len(self.text) and self.text[self.at] != ",":
                    raise _BadSetError("behind a list comes `,` or the end", self.at)
                return SequenceNode(tuple(items), Span(self.source, start, self.at))

    def word(self, stops: str) -> str:
        """The text up to one of `stops`, backslashes resolved."""
        letters = []
        while self.at < len(self.text) and (letter := self.text[self.at]) not in stops:
            if letter == "\\" and self.at + 1 < len(self.text):
                self.at += 1
                letter = self.text[self.at]
            letters.append(letter)
            self.at += 1
        return "".join(letters)


def _put(base: Node | None, path: Path, spans: tuple[Span, ...], node: Node) -> Node:
    if not path:
        return node
    step, span = path[0], spans[0]
    if base is None or (isinstance(base, ScalarNode) and base.value is None):
        base = SequenceNode((), span) if isinstance(step, int) else MapNode({}, span)
    match base, step:
        case SequenceNode(), int():
            items = [*base.items, *[ScalarNode(None, span)] * (step + 1 - len(base.items))]
            items[step] = _put(items[step], path[1:], spans[1:], node)
            return SequenceNode(tuple(items), base.span)
        case MapNode(), str():
            below = base.entries.get(step)
            entry = Entry(span, _put(below.node if below else None, path[1:], spans[1:], node))
            return MapNode({**base.entries, step: entry}, base.span)
        case _, int():
            raise _BadSetError(f"there is no list to take `[{step}]` of, but {_described(base)}", span.start)
        case _:
            raise _BadSetError(f"there is no map to put `{step}` in, but {_described(base)}", span.start)


def _described(node: Node) -> str:
    match node:
        case SequenceNode():
            return "a list"
        case MapNode():
            return "a map"
        case ScalarNode():
            return f"the value `{node.value}`"
