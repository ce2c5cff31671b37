"""Which components hold relabel rules, and in which blocks."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.graph.model import Node
from compiler.graph.read import blocks
from compiler.lint.module import Module
from compiler.syntax.tree import Block

__all__ = ["holders", "relabelling"]

_RULES = frozenset({"discovery.relabel", "loki.relabel", "prometheus.relabel", "pyroscope.relabel"})


def relabelling(module: Module) -> Iterator[tuple[Node, str]]:
    """Each component with rules of its own, and the name of their blocks."""
    for node in module.graph.nodes.values():
        if node.type in _RULES:
            yield node, "rule"


def holders(module: Module) -> Iterator[tuple[Block, str]]:
    """The same with the blocks inside of components: `write_relabel_config` of an endpoint."""
    for node, name in relabelling(module):
        yield node.block, name
    for node in module.of_type("prometheus.remote_write"):
        for endpoint in blocks(node.block, "endpoint"):
            yield endpoint, "write_relabel_config"
