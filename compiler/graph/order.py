"""An order in which every node stands behind what it refers to."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence

from compiler.diagnostics import Diagnostics, Note
from compiler.graph import errors
from compiler.graph.model import Node

__all__ = ["order"]


def order(nodes: Mapping[str, Node], diagnostics: Diagnostics) -> tuple[str, ...]:
    """Dependencies first, otherwise as written. A circle is reported at each of its nodes, which then stand together."""
    out: list[str] = []
    for group in _groups({id: _dependencies(node) for id, node in nodes.items()}):
        out += group
        if len(group) > 1:
            for member in group:
                way = _way_round(member, group, nodes)
                notes = [_note(nodes[one], other) for one, other in zip(way, (*way[1:], way[0]), strict=True)]
                # The others lie on the same circle, or on one that shares nodes with it.
                diagnostics.report(errors.Cycle(way), nodes[member].block.head, *(notes if member == group[0] else ()))
        elif group[0] in _dependencies(nodes[group[0]]):
            node = nodes[group[0]]
            diagnostics.report(errors.SelfReference(node.id), node.block.head, Note("here", _note(node, node.id).span))
    return tuple(out)


def _dependencies(node: Node) -> Sequence[str]:
    return tuple(dict.fromkeys(reference.target for reference in node.references))


def _groups(dependencies: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    """Tarjan's strongly connected components, dependencies first, members as written.

    Without recursion: chains may be long.
    """
    index: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_: list[str] = []
    closed: set[str] = set()
    written = {id: position for position, id in enumerate(dependencies)}
    for start in dependencies:
        path = [] if start in index else [start]
        left: dict[str, Iterator[str]] = {}
        while path:
            current = path[-1]
            if current not in index:
                index[current] = lowest[current] = len(index)
                open_.append(current)
                left[current] = iter(dependencies[current])
            following = next(left[current], None)
            if following is None:
                path.pop()
                if path:
                    lowest[path[-1]] = min(lowest[path[-1]], lowest[current])
                if lowest[current] == index[current]:
                    at = open_.index(current)
                    group = sorted(open_[at:], key=written.__getitem__)
                    del open_[at:]
                    closed.update(group)
                    yield group
            elif following not in index:
                path.append(following)
            elif following not in closed:
                lowest[current] = min(lowest[current], index[following])


def _way_round(start: str, group: Sequence[str], nodes: Mapping[str, Node]) -> tuple[str, ...]:
    """The shortest circle through `start`."""
    members = set(group)
    before: dict[str, str] = {}
    queue = deque([start])
    while queue:
        current = queue.popleft()
        for following in _dependencies(nodes[current]):
            if following == start:
                way = [current]
                while way[-1] != start:
                    way.append(before[way[-1]])
                return tuple(reversed(way))
            if following in members and following not in before:
                before[following] = current
                queue.append(following)
    raise AssertionError(f"{start} is on no circle")


def _note(node: Node, target: str) -> Note:
    span = next(reference.span for reference in node.references if reference.target == target)
    return Note(f"`{node.id}` refers to `{target}` here", span)
