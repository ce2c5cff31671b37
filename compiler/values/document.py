"""The validated values with all defaults, and how a compile reads them.

Every read goes through a `View`, which records the path: what the user wrote and nothing read changes nothing in the
output, and that deserves a warning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from compiler.diagnostics import Span
from compiler.values.tree import MapNode, Node, Path, ScalarNode, SequenceNode, dotted, plain

__all__ = ["Document", "Origin", "Setting", "View"]


@dataclass(frozen=True, slots=True)
class Origin:
    """The values key that put something into the output. `span` is None when the user did not write it: a default."""

    key: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """One value, read: its Python value, and where it comes from. Its truth is the value's truth."""

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
    """`root` is user values upon defaults; `user` what the user wrote; `read` the paths that the compile asked for."""

    root: MapNode
    user: MapNode
    read: set[Path] = field(default_factory=set)

    def view(self) -> View:
        return View(self.root, self.user, (), self.read)


class View:
    """A map of the document. `view["key"]` (in templates `view.key`) gives a `View` for a map and a `Setting` otherwise.

    Asking for a key that neither the defaults nor the user have raises `KeyError`: templates can only read known keys.
    """

    __slots__ = ("_node", "_path", "_read", "_user")

    def __init__(self, node: MapNode, user: Node | None, path: Path, read: set[Path]) -> None:
        self._node = node
        self._user = user
        self._path = path
        self._read = read

    def __getitem__(self, key: str) -> Any:
        entry = self._node.entries[key]
        path = (*self._path, key)
        user = self._user.entries.get(key) if isinstance(self._user, MapNode) else None
        match entry.node:
            case MapNode():
                return View(entry.node, user.node if user else None, path, self._read)
            case ScalarNode() | SequenceNode():
                self._read.add(path)
                return Setting(plain(entry.node), path, entry.node.span, user is not None, entry.node)

    def setting(self, key: str) -> Setting:
        """The scalar or list at `key`; a map reads as a Setting of its plain value."""
        found = self[key]
        return found.whole() if isinstance(found, View) else found

    def section(self, key: str) -> View:
        """The map at `key`; empty when the user wrote null there."""
        found = self[key]
        return found if isinstance(found, View) else View(MapNode({}, found.span), None, (*self._path, key), self._read)

    def whole(self) -> Setting:
        """The whole map as one Setting, everything under it read."""
        for _ in self.leaves():
            pass
        return Setting(plain(self._node), self._path, self._node.span, self._user is not None, self._node)

    def leaves(self) -> Iterator[tuple[str, Setting]]:
        """The settings below, depth first, keys sorted as Helm's templates do; nulls are left out."""
        for key in sorted(self._node.entries):
            found = self[key]
            if isinstance(found, View):
                yield from found.leaves()
            elif found.value is not None:
                yield key, found

    def items(self) -> list[tuple[str, Any]]:
        """Key and value, keys sorted; nulls are left out."""
        pairs = [(key, self[key]) for key in sorted(self._node.entries)]
        return [(key, found) for key, found in pairs if not (isinstance(found, Setting) and found.value is None)]

    def __contains__(self, key: str) -> bool:
        return key in self._node.entries

    def __bool__(self) -> bool:
        return bool(self._node.entries)

    @property
    def path(self) -> Path:
        return self._path

    @property
    def span(self) -> Span:
        return self._node.span

    @property
    def written(self) -> bool:
        """Whether the user wrote this map or anything in it."""
        return self._user is not None

    @property
    def origin(self) -> Origin:
        return Origin(dotted(self._path), self._node.span if self._user is not None else None)

    def wrote(self, key: str) -> bool:
        """Whether the user wrote `key` here, other than null."""
        if not isinstance(self._user, MapNode) or (entry := self._user.entries.get(key)) is None:
            return False
        return not (isinstance(entry.node, ScalarNode) and entry.node.value is None)

