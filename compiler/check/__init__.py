"""The typed check of a graph against the catalog: names, counts, labels, values, and what hangs on each edge."""

from compiler.check.check import check_graph, check_library

__all__ = ["check_graph", "check_library"]
