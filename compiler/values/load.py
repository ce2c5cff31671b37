"""Reads YAML into a value tree: every key and scalar with its place, duplicate keys refused, merge keys resolved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from compiler.diagnostics import Diagnostics, Note, Source, Span
from compiler.values.errors import BooleanKey, DuplicateKey, InvalidYaml, RootNotMap
from compiler.values.scalars import resolve
from compiler.values.tree import Entry, MapNode, Node, ScalarNode, SequenceNode

__all__ = ["load"]

_TAG = "tag:yaml.org,2002:"


class _StopError(Exception):
    """The rest of the text cannot be read; the finding was reported."""


def load(source: Source, diagnostics: Diagnostics) -> MapNode:
    """The text's value tree; an empty map, and a finding, when the text cannot be read."""
    empty = MapNode({}, Span(source, 0, 0))
    yaml = YAML(typ="safe", pure=True)
    yaml.version = (1, 1)
    reader = _Reader(source, diagnostics, iter(yaml.parse(source.text)))
    try:
        node = reader.document()
    except MarkedYAMLError as error:
        _report_marked(source, diagnostics, error)
        return empty
    except YAMLError as error:
        diagnostics.report(InvalidYaml(str(error).splitlines()[0]), Span(source, 0, 0))
        return empty
    except _StopError:
        return empty
    if node is None or (isinstance(node, ScalarNode) and node.value is None):
        return empty
    if not isinstance(node, MapNode):
        diagnostics.report(RootNotMap("list" if isinstance(node, SequenceNode) else "scalar"), node.span)
        return empty
    return node


def _report_marked(source: Source, diagnostics: Diagnostics, error: MarkedYAMLError) -> None:
    mark = error.problem_mark or error.context_mark
    start = min(mark.index, len(source.text)) if mark is not None else 0
    notes: tuple[Note, ...] = ()
    if error.context and error.context_mark is not None:
        at = min(error.context_mark.index, len(source.text))
        notes = (Note(error.context, Span(source, at, at)),)
    span = Span(source, start, min(start + 1, len(source.text)))
    diagnostics.report(InvalidYaml(error.problem or error.context or "unreadable"), span, *notes)


class _Reader:
    """Builds nodes from ruamel's events; one method a kind of node."""

    def __init__(self, source: Source, diagnostics: Diagnostics, events: Iterator[Any]) -> None:
        self.source = source
        self.diagnostics = diagnostics
        self.events = events
        self.anchors: dict[str, Node] = {}

    def document(self) -> Node | None:
        node: Node | None = None
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                if node is not None:
                    self._stop(InvalidYaml("a second document starts here"), event)
                node = self.node(next(self.events))
        return node

    def node(self, event: Any) -> Node:
        node: Node
        match event:
            case AliasEvent():
                if event.anchor not in self.anchors:
                    self._stop(InvalidYaml(f"alias `*{event.anchor}` has no anchor before it"), event)
                return self.anchors[event.anchor]
            case ScalarEvent():
                node = self.scalar(event)
            case SequenceStartEvent():
                node = self.sequence(event)
            case _:
                node = self.mapping(event)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        return node

    def scalar(self, event: Any) -> ScalarNode:
        span = self._span(event, event)
        style = str(event.style or "")
        tag = str(event.ctag) if event.ctag is not None else ""
        if tag.startswith(_TAG):
            known: dict[str, Callable[[str], bool | float | str | None]] = {
                "str": str,
                "int": resolve,
                "float": resolve,
                "bool": resolve,
                "null": resolve,
                "binary": str,
            }
            reading = known.get(tag.removeprefix(_TAG))
            if reading is not None:
                return ScalarNode(reading(event.value), span, style)
        if tag and tag != "!":
            self._stop(InvalidYaml(f"tag `{tag.replace(_TAG, '!!')}` means nothing in values"), event)
        plain = not style and not tag
        return ScalarNode(resolve(event.value) if plain else event.value, span, style)

    def sequence(self, start: Any) -> SequenceNode:
        items = []
        while not isinstance(event := next(self.events), SequenceEndEvent):
            items.append(self.node(event))
        return SequenceNode(tuple(items), self._span(start, event))

    def mapping(self, start: MappingStartEvent) -> MapNode:
        entries: dict[str, Entry] = {}
        merged: dict[str, Entry] = {}
        while not isinstance(event := next(self.events), MappingEndEvent):
            key = self.node(event)
            value = self.node(next(self.events))
            if isinstance(key, ScalarNode) and key.value == "<<" and not key.style:
                merged = {**self._merge_source(value), **merged}
                continue
            name = self._key(key)
            if name in entries:
                first = Note("first written here", entries[name].key_span)
                self.diagnostics.report(DuplicateKey(name), key.span, first)
                continue
            entries[name] = Entry(key.span, value)
        merged = {name: entry for name, entry in merged.items() if name not in entries}
        return MapNode({**entries, **merged}, self._span(start, event))

    def _key(self, key: Node) -> str:
        if not isinstance(key, ScalarNode):
            self.diagnostics.report(InvalidYaml("a key must be a text, not a list or map"), key.span)
            raise _StopError
        if isinstance(key.value, bool):
            self.diagnostics.report(BooleanKey(self.source.text[key.span.start : key.span.end]), key.span)
            return str(key.value).lower()
        return "null" if key.value is None else str(key.value)

    def _merge_source(self, value: Node) -> dict[str, Entry]:
        """The entries that `<<: *a` or `<<: [*a, *b]` brings in; what stands first wins."""
        sources = value.items if isinstance(value, SequenceNode) else (value,)
        entries: dict[str, Entry] = {}
        for source in sources:
            if not isinstance(source, MapNode):
                self.diagnostics.report(InvalidYaml("`<<` takes a map or a list of maps"), source.span)
                continue
            entries = {**source.entries, **entries}
        return entries

    def _span(self, start: Any, end: Any) -> Span:
        return Span(self.source, start.start_mark.index, max(start.start_mark.index, end.end_mark.index))

    def _stop(self, fact: InvalidYaml, event: Any) -> None:
        self.diagnostics.report(fact, self._span(event, event))
        raise _StopError
