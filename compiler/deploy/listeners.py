"""The servers that components open: their addresses, as far as they are known before anything runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from compiler.catalog import MISSING, BodySchema
from compiler.deploy.arguments import bodies
from compiler.deploy.requirements import load_requirements
from compiler.diagnostics import Span
from compiler.graph.model import Node
from compiler.graph.read import attribute, written
from compiler.syntax.tree import Block

__all__ = ["Listener", "listeners"]

_LOOPBACK = ("127.", "localhost", "[::1]", "::1")
_DYNAMIC = (0, 1)
"""Ports that stand for any free one; Alloy's servers take 1 for it too."""


@dataclass(frozen=True, slots=True)
class Listener:
    """`host` is empty for all addresses; `what` names the block (`grpc`) where a component has several; `span` is its place."""

    host: str
    port: int
    protocol: str
    what: str
    span: Span

    @property
    def local(self) -> bool:
        """Whether only processes of the same pod can reach it."""
        return self.host.startswith(_LOOPBACK)


def listeners(node: Node) -> Iterator[Listener]:
    """Every server of a component whose port is known, in the order of `schemas/requirements.yaml`."""
    requirement = load_requirements().get(node.type)
    for protocol, paths in (requirement.listens or {}).items() if requirement is not None else ():
        for path in paths:
            yield from _at(node, protocol, path)


def _at(node: Node, protocol: str, path: str) -> Iterator[Listener]:
    *outer, last = path.split(".")
    for block, schema in bodies(node, outer):
        if last in schema.attributes:
            what = outer[-1] if outer else ""
            yield from _address(node, block, _value(block, schema, last), protocol, what, last)
    for block, schema in bodies(node, path.split(".")):
        if "address" in schema.attributes:
            spoken = _value(block, schema, "protocol")
            yield from _address(node, block, _value(block, schema, "address"), str(spoken), "", "address")
            continue
        host, port = _value(block, schema, "listen_address"), _value(block, schema, "listen_port")
        if isinstance(host, str) and isinstance(port, int) and port not in _DYNAMIC:
            yield Listener(host, port, protocol, last, _place(node, block, "listen_port"))


def _address(
    node: Node, block: Block | None, address: Any, protocol: str, what: str, attribute_name: str
) -> Iterator[Listener]:
    host, _, port = str(address or "").rpartition(":")
    if port.isdigit() and int(port) not in _DYNAMIC:
        yield Listener(host, int(port), protocol, what, _place(node, block, attribute_name))


def _value(block: Block | None, schema: BodySchema, name: str) -> Any:
    value = written(block, name) if block is not None else None
    if value is not None or name not in schema.attributes:
        return value
    default = schema.attributes[name].default
    return None if default is MISSING else default


def _place(node: Node, block: Block | None, name: str) -> Span:
    if block is None:
        return node.block.head
    found = attribute(block, name)
    return found.value.span if found is not None else block.head
