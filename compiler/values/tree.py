"""The value tree: what a values file says, with the place of every key and every value.

A tree is immutable; merging builds a new one out of the old nodes, so positions survive it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from compiler.diagnostics import Span

__all__ = ["Entry", "MapNode", "Node", "Path", "ScalarNode", "SequenceNode", "dotted", "find", "plain", "walk"]

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """`style` is the YAML style: "" (plain), "'", '"', "|" or ">"."""

    value: bool | int | float | str | None
    span: Span
    style: str = ""


@dataclass(frozen=True, slots=True)
class SequenceNode:
    items: tuple[Node, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Entry:
    key_span: Span
    node: Node


@dataclass(frozen=True, slots=True)
class MapNode:
    """`entries` keeps the order in which the keys were written."""

    entries: Mapping[str, Entry]
    span: Span


Node = ScalarNode | SequenceNode | MapNode


def plain(node: Node) -> object:
    """The value as Python objects, without positions."""
    match node:
        case ScalarNode():
            return node.value
        case SequenceNode():
            return [plain(item) for item in node.items]
        case MapNode():
            return {key: plain(entry.node) for key, entry in node.entries.items()}


def find(node: Node, path: Path) -> tuple[Node, Span] | None:
    """The node at `path` and the span that names it: its key's, or its own in a sequence or at the root."""
    span = node.span
    for step in path:
        match node:
            case MapNode() if isinstance(step, str) and step in node.entries:
                entry = node.entries[step]
                node, span = entry.node, entry.key_span
            case SequenceNode() if isinstance(step, int) and step < len(node.items):
                node = node.items[step]
                span = node.span
            case _:
                return None
    return node, span


def walk(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node, Span]]:
    """Every key below `node` with its path, node and key span, parents first. Sequences are leaves."""
    if isinstance(node, MapNode):
        for key, entry in node.entries.items():
            yield (*path, key), entry.node, entry.key_span
            yield from walk(entry.node, (*path, key))


def dotted(path: Path) -> str:
    """A path as one writes it behind `--set`: `collectors.a\\.b.presets[0]`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += ("." if text else "") + step.replace("\\", "\\\\").replace(".", "\\.").replace(",", "\\,")
    return text
