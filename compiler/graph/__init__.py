"""From syntax trees to a resolved graph: nodes, references, edges, order; and the graph as JSON, Mermaid and DOT."""

from compiler.graph.build import build_graph
from compiler.graph.export import to_dot, to_json, to_mermaid
from compiler.graph.model import Edge, Graph, Node, Reference

__all__ = ["Edge", "Graph", "Node", "Reference", "build_graph", "to_dot", "to_json", "to_mermaid"]
