"""The validated values with all defaults, and how a compile reads them.

Every read goes through a `View`, which records the path: what the user wrote and nothing read changes nothing in the
output, and that deserves a warning.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from compiler.diagnostics import Span
from compiler.values.tree import MapNode, Node, Path, ScalarNode, SequenceNode, dotted, plain, walk

__all__ = ["Document", "Origin", "Setting", "View"]


@dataclass(frozen=True, slots=True)
class Origin:
    """The values key that put something into the output. `span` is None when the user did not write it: a default."""

    key: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """One value, read: its Python value, and where it comes from. Its truth is the value's truth.

    `span` is the value's place when the user wrote it, else the nearest key that the user wrote.
    """

    value: Any
    path: Path
    span: Span
    written: bool
    node: Node

    def __bool__(self) -> bool:
        return bool(self.value)

    @property
    def origin(self) -> Origin:
        return Origin(dotted(self.path), self.span if self.written else None)


@dataclass(frozen=True, slots=True)
class Document:
    """`root` is user values upon defaults; `user` what the user wrote, without what was refused.

    `refused` holds the paths of keys that were found wrong, so that nothing complains that they are missing; `read` those
    that the compile asked for.
    """

    root: MapNode
    user: MapNode
    refused: frozenset[Path] = frozenset()
    read: set[Path] = field(default_factory=set)

    def view(self) -> View:
        top = Span(self.user.span.source, 0, 0)
        return View(self, self.root, self.user, (), top)


class View:
    """A map of the document. `view["key"]` (in templates `view.key`) gives a `View` for a map, else a `Setting`.

    Asking for a key that neither the defaults nor the user have raises `KeyError`: templates can only read known keys.
    `span` is the nearest key that the user wrote: this map's, or one above it.
    """

    __slots__ = ("_document", "_node", "_user", "path", "span")

    def __init__(self, document: Document, node: MapNode, user: Node | None, path: Path, span: Span) -> None:
        self._document = document
        self._node = node
        self._user = user
        self.path = path
        self.span = span

    def __getitem__(self, key: str) -> Any:
        node = self._node.entries[key].node
        path = (*self.path, key)
        user = self._user.entries.get(key) if isinstance(self._user, MapNode) else None
        match node:
            case MapNode():
                span = user.key_span if user else self.span
                return View(self._document, node, user.node if user else None, path, span)
            case ScalarNode() | SequenceNode():
                self._document.read.add(path)
                span = node.span if user else self.span
                return Setting(plain(node), path, span, user is not None, node)

    def get(self, key: str) -> Any:
        """What stands at `key`, or None when there is no such key."""
        return self[key] if key in self else None  # noqa: SIM401 - this is that method

    def setting(self, key: str) -> Setting:
        """The scalar or list at `key`."""
        found = self[key]
        assert isinstance(found, Setting), key
        return found

    def section(self, key: str) -> View:
        """The map at `key`."""
        found = self[key]
        assert isinstance(found, View), key
        return found

    def refused(self, key: str) -> bool:
        """Whether what the user wrote at `key`, or around it, was found wrong; then it is missing for that reason."""
        path = (*self.path, key)
        return any(path[: at + 1] in self._document.refused for at in range(len(path)))

    def plain(self) -> dict[str, Any]:
        """The whole map as Python objects, nulls left out; all of it counts as read."""
        self.read_all()
        found = plain(self._node)
        assert isinstance(found, dict)
        return {key: value for key, value in found.items() if value is not None}

    def spans(self) -> dict[str, Span]:
        """The place of this map (under the empty path) and of every key that the user wrote below (`alloy.mounts`)."""
        below = walk(self._user) if isinstance(self._user, MapNode) else ()
        return {"": self.span, **{dotted(path): span for path, _, span in below}}

    def read_all(self) -> None:
        """Counts everything below as read."""
        for key in self._node.entries:
            found = self[key]
            if isinstance(found, View):
                found.read_all()

    def items(self) -> list[tuple[str, Any]]:
        """Key and value, keys sorted; nulls are left out."""
        pairs = [(key, self[key]) for key in sorted(self._node.entries)]
        return [(key, found) for key, found in pairs if not (isinstance(found, Setting) and found.value is None)]

    def __contains__(self, key: str) -> bool:
        return key in self._node.entries

    def __bool__(self) -> bool:
        return bool(self._node.entries)

    @property
    def written(self) -> bool:
        """Whether the user wrote this map or anything in it."""
        return self._user is not None

    @property
    def origin(self) -> Origin:
        return Origin(dotted(self.path), self.span if self._user is not None else None)

    def wrote(self, key: str) -> bool:
        """Whether the user wrote `key` here, other than null."""
        if not isinstance(self._user, MapNode) or (entry := self._user.entries.get(key)) is None:
            return False
        return not (isinstance(entry.node, ScalarNode) and entry.node.value is None)
