"""Values: YAML with positions, merged as Helm merges, held against a closed schema, with defaults."""

from compiler.values.document import Document, Origin, Setting, View
from compiler.values.load import load
from compiler.values.merge import merge
from compiler.values.sets import apply_set, apply_set_file, apply_set_string
from compiler.values.tree import MapNode
from compiler.values.unused import report_unused
from compiler.values.validate import validate

__all__ = [
    "Document", "MapNode", "Origin", "Setting", "View", "apply_set", "apply_set_file", "apply_set_string", "load",
    "merge", "report_unused", "validate",
]  # fmt: skip
