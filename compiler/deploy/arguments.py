"""What a component's arguments are before anything runs, defaults included."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from compiler.catalog import MISSING, BodySchema
from compiler.deploy.requirements import Conditions
from compiler.graph.model import Node
from compiler.graph.read import UNKNOWN, blocks, written
from compiler.syntax.tree import Block

__all__ = ["bodies", "fulfils", "values_at"]


def values_at(node: Node, path: str) -> list[Any]:
    """The argument at `path` (`attach_metadata.node`): a value for each block that can hold it.

    What is not written has its default, None without one; what only running shows is `UNKNOWN`. Empty where no block
    that holds it is written.
    """
    *names, last = path.split(".")
    found = []
    for block, schema in bodies(node, names):
        attribute = schema.attributes.get(last)
        value = written(block, last) if block is not None else None
        if value is None and attribute is not None and attribute.default is not MISSING:
            value = attribute.default
        found.append(value)
    return found


def bodies(node: Node, names: Sequence[str]) -> list[tuple[Block | None, BodySchema]]:
    """The blocks at a path with their schemas. One that is not written and counts as an empty one has no block."""
    at: list[tuple[Block | None, BodySchema]] = [(node.block, node.schema.body)]
    for name in names:
        at = [pair for outer, schema in at for pair in _inside(outer, schema, name)]
    return at


def _inside(outer: Block | None, schema: BodySchema, name: str) -> Iterator[tuple[Block | None, BodySchema]]:
    inner = schema.blocks.get(name)
    if inner is None:
        return
    found = list(blocks(outer, name)) if outer is not None else []
    yield from ((block, inner.body) for block in found)
    if not found and inner.absent == "same_as_empty_block":
        yield None, inner.body


def fulfils(node: Node, conditions: Conditions | None, *, surely: bool = False) -> bool:
    """Whether each argument has, or without `surely` may have, one of the values; a list has one when it holds it."""
    wanted = {path: values if surely else (*values, UNKNOWN) for path, values in (conditions or {}).items()}
    return all(_has(values_at(node, path), values) for path, values in wanted.items())


def _has(values: list[Any], wanted: Sequence[Any]) -> bool:
    return any(item in wanted for value in values for item in (value if isinstance(value, list) else [value]))
