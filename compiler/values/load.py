"""Reads YAML into a value tree: every key and scalar with its place, duplicate keys refused, merge keys resolved.

Several documents in one text are merged in their order, as Helm 4 does. In a map, a key that is written wins over the
same key that `<<` brings in, wherever `<<` stands: so says the specification of the merge key; Helm takes the later one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from compiler.diagnostics import Diagnostics, Note, Source, Span
from compiler.evaluate.numbers import format_number
from compiler.values.errors import BooleanKey, DuplicateKey, InvalidYaml, RootNotMap
from compiler.values.merge import merge
from compiler.values.scalars import resolve
from compiler.values.tree import Entry, MapNode, Node, ScalarNode, SequenceNode

__all__ = ["load"]

_TAG = "tag:yaml.org,2002:"
_RESOLVED_TAGS = frozenset({f"{_TAG}int", f"{_TAG}float", f"{_TAG}bool", f"{_TAG}null"})


class _StopError(Exception):
    """The rest of the text cannot be read; the finding was reported."""


def load(source: Source, diagnostics: Diagnostics) -> MapNode:
    """The text's value tree; an empty map, and a finding, when the text cannot be read."""
    empty = MapNode({}, Span(source, 0, 0))
    yaml = YAML(typ="safe", pure=True)
    yaml.version = (1, 1)
    try:
        reader = _Reader(source, diagnostics, iter(yaml.parse(source.text)))
        merged = empty
        for document in reader.documents():
            merged = merge(merged, document)
    except MarkedYAMLError as error:
        _report_marked(source, diagnostics, error)
        return empty
    except ReaderError as error:
        problem = f"the character U+{error.character:04X} cannot stand in YAML"
        diagnostics.report(InvalidYaml(problem), Span(source, error.position, error.position + 1))
        return empty
    except RecursionError:
        diagnostics.report(InvalidYaml("maps and lists are nested too deep"), Span(source, 0, 0))
        return empty
    except _StopError:
        return empty
    return merged


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

    def documents(self) -> Iterator[MapNode]:
        """The map of each document; one that is empty or null says nothing."""
        for event in self.events:
            if not isinstance(event, DocumentStartEvent):
                continue
            self.anchors = {}
            node = self.node(next(self.events))
            if isinstance(node, MapNode):
                yield node
            elif not isinstance(node, ScalarNode) or node.value is not None:
                kind = "list" if isinstance(node, SequenceNode) else "scalar"
                self.diagnostics.report(RootNotMap(kind), node.span)

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
        tag = str(event.ctag) if event.ctag is not None else ""
        style = str(event.style or "")
        if tag not in ("", "!", f"{_TAG}str", *_RESOLVED_TAGS):
            self._stop(InvalidYaml(f"tag `{tag.replace(_TAG, '!!')}` means nothing in values"), event)
        plain = tag in _RESOLVED_TAGS or not (tag or style)
        value = resolve(event.value) if plain else str(event.value)
        if isinstance(value, float) and not math.isfinite(value):
            self._stop(InvalidYaml(f"`{event.value}` is no number that values can hold"), event)
        return ScalarNode(value, self._span(event, event), style)

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
        match key:
            case ScalarNode(value=bool() as value):
                self.diagnostics.report(BooleanKey(self.source.text[key.span.start : key.span.end]), key.span)
                return str(value).lower()
            case ScalarNode(value=int() | float() as value):
                return format_number(value)
            case ScalarNode(value=str() as value):
                return value
            case _:
                found = {ScalarNode: "null", SequenceNode: "a list", MapNode: "a map"}[type(key)]
                self.diagnostics.report(InvalidYaml(f"a key must be a text, not {found}"), key.span)
                raise _StopError

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
