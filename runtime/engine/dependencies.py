"""The dependency graph as the engine asks it: who refers to whom."""

from __future__ import annotations

from collections.abc import Iterable

from compiler.graph.model import Graph

__all__ = ["EMPTY_GRAPH", "Dependencies"]

EMPTY_GRAPH = Graph(nodes={}, edges=(), order=())


class Dependencies:
    """Direct references of a graph, both ways. Ids are those of the graph (local to a module)."""

    def __init__(self, graph: Graph) -> None:
        self._rank = {node_id: rank for rank, node_id in enumerate(graph.order)}
        self._dependencies: dict[str, tuple[str, ...]] = {}
        dependants: dict[str, list[str]] = {node_id: [] for node_id in graph.order}
        for node_id in graph.order:
            targets = tuple(dict.fromkeys(reference.target for reference in graph.nodes[node_id].references))
            self._dependencies[node_id] = targets
            for target in targets:
                dependants[target].append(node_id)
        self._dependants = {node_id: tuple(ids) for node_id, ids in dependants.items()}

    def of(self, node_id: str) -> tuple[str, ...]:
        """What `node_id` refers to directly."""
        return self._dependencies.get(node_id, ())

    def dependants(self, node_id: str) -> tuple[str, ...]:
        """Who refers to `node_id` directly, in dependency order."""
        return self._dependants.get(node_id, ())

    def in_order(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Dependencies first: the order to evaluate and to start in (receivers run before those who push into them)."""
        return tuple(sorted(ids, key=lambda node_id: self._rank[node_id]))

    def stop_order(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Dependants first: whoever pushes into a component stops before it."""
        return self.in_order(ids)[::-1]
