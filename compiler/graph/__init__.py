"""From syntax trees to a resolved graph: nodes, references, edges, order."""

from compiler.graph.build import build_graph
from compiler.graph.model import Edge, Graph, Node, Reference

__all__ = ["Edge", "Graph", "Node", "Reference", "build_graph"]
