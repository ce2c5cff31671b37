"""What rules read of a block."""

from compiler.graph.read import (
    UNKNOWN,
    attribute,
    block,
    blocks,
    constant,
    duration,
    nested,
    text,
    texts,
    written,
)

__all__ = ["UNKNOWN", "attribute", "block", "blocks", "constant", "duration", "nested", "text", "texts", "written"]
