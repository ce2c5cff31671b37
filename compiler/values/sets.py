"""`--set`, `--set-string` and `--set-file` in Helm's syntax.

    assignments = assignment { "," assignment }
    assignment  = key { "." key | "[" index "]" } "=" value
    value       = text | "{" [ text { "," text } ] "}"

A backslash takes the next character as it is. In `--set` a bare `true`, `false`, `null` or integer without leading
zero has that type; everything else is a text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path as FilePath

from compiler.diagnostics import Diagnostics, Source, Span
from compiler.values.errors import BadSet
from compiler.values.tree import Entry, MapNode, Node, Path, ScalarNode, SequenceNode

__all__ = ["apply_set", "apply_set_file", "apply_set_string"]

_MAX_INDEX = 65536
_INTEGER = re.compile(r"[-+]?[1-9][0-9]*|0")


def apply_set(base: MapNode, text: str, diagnostics: Diagnostics) -> MapNode:
    """`--set text` upon `base`."""
    return _apply(base, "--set", text, _typed, diagnostics)


def apply_set_string(base: MapNode, text: str, diagnostics: Diagnostics) -> MapNode:
    """`--set-string text` upon `base`: every value stays a text."""
    return _apply(base, "--set-string", text, lambda word, span: ScalarNode(word, span, "'"), diagnostics)


def apply_set_file(base: MapNode, text: str, diagnostics: Diagnostics) -> MapNode:
    """`--set-file key=path` upon `base`: the value is the file's content. Raises `OSError` when it cannot be read."""

    def content(path: str, span: Span) -> Node:
        return ScalarNode(FilePath(path).read_text(encoding="utf-8"), span, "'")

    return _apply(base, "--set-file", text, content, diagnostics, lists=False)


def _typed(word: str, span: Span) -> Node:
    match word.lower():
        case "true":
            return ScalarNode(True, span)
        case "false":
            return ScalarNode(False, span)
        case "null":
            return ScalarNode(None, span)
    if _INTEGER.fullmatch(word):
        return ScalarNode(int(word), span)
    return ScalarNode(word, span, "'")


def _apply(
    base: MapNode,
    option: str,
    text: str,
    value: Callable[[str, Span], Node],
    diagnostics: Diagnostics,
    *,
    lists: bool = True,
) -> MapNode:
    parser = _Parser(Source(f"{option} {text}", text), value, lists)
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
    def __init__(self, source: Source, value: Callable[[str, Span], Node], lists: bool) -> None:
        self.source = source
        self.text = source.text
        self.value = value
        self.lists = lists
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
        while True:
            start = self.at
            after_index = bool(steps) and isinstance(steps[-1], int)
            word = self.word(".[=,")
            if word or not after_index:
                if not word:
                    raise _BadSetError("a key is empty", start)
                steps.append(word)
                spans.append(Span(self.source, start, self.at))
            mark = self.text[self.at : self.at + 1]
            self.at += 1
            if mark == "=":
                return tuple(steps), tuple(spans)
            if mark == "[":
                start = self.at
                digits = self.word("]=,")
                if self.text[self.at : self.at + 1] != "]" or not digits.isdigit() or int(digits) > _MAX_INDEX:
                    raise _BadSetError(f"`[{digits}` is no list index", start)
                self.at += 1
                steps.append(int(digits))
                spans.append(Span(self.source, start, self.at - 1))
                if self.text[self.at : self.at + 1] not in (".", "[", "="):
                    raise _BadSetError("behind an index comes `.`, `[` or `=`", self.at)
                if self.text[self.at] == ".":
                    self.at += 1
            elif mark != ".":
                raise _BadSetError(f"key `{word}` has no value", start)

    def node(self) -> Node:
        start = self.at
        if self.lists and self.text[start : start + 1] == "{":
            self.at += 1
            return self.list_node(start)
        word = self.word("," if self.lists else "")
        return self.value(word, Span(self.source, start, self.at))

    def list_node(self, start: int) -> SequenceNode:
        items: list[Node] = []
        while True:
            at = self.at
            word = self.word(",}")
            mark = self.text[self.at : self.at + 1]
            if not mark:
                raise _BadSetError("the list `{` is not closed", start)
            if word or mark == "," or items:
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
    if isinstance(step, int):
        items: list[Node] = list(base.items) if isinstance(base, SequenceNode) else []
        items += [ScalarNode(None, span)] * (step + 1 - len(items))
        items[step] = _put(items[step], path[1:], spans[1:], node)
        return SequenceNode(tuple(items), base.span if isinstance(base, SequenceNode) else span)
    entries = dict(base.entries) if isinstance(base, MapNode) else {}
    below = entries.get(step)
    entries[step] = Entry(span, _put(below.node if below else None, path[1:], spans[1:], node))
    return MapNode(entries, base.span if isinstance(base, MapNode) else span)
