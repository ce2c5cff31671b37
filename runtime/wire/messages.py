"""Builds protobuf message classes from a table of fields, so that a protocol's definition can be read on one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

__all__ = ["build"]

_SCALARS = {
    "double": 1, "int64": 3, "uint64": 4, "int32": 5, "fixed64": 6, "bool": 8, "string": 9, "bytes": 12, "uint32": 13, "sint64": 18,
}  # fmt: skip
_MESSAGE, _ONE, _MANY = 11, 1, 3


def build(package: str, messages: Mapping[str, Sequence[tuple[int, str, str]]]) -> dict[str, Any]:
    """`{message: [(number, name, type)]}` to message classes; a type is a scalar's name or a message of the table,
    `repeated ` before it where it repeats. Raises `KeyError` for an unknown type."""
    file = descriptor_pb2.FileDescriptorProto(name=f"{package}.proto", package=package, syntax="proto3")
    for message, fields in messages.items():
        descriptor = file.message_type.add(name=message)
        for number, name, kind in fields:
            repeated, kind = kind.startswith("repeated "), kind.removeprefix("repeated ")
            item = descriptor.field.add(name=name, number=number, label=_MANY if repeated else _ONE)
            if kind in messages:
                item.type, item.type_name = _MESSAGE, f".{package}.{kind}"
            else:
                item.type = _SCALARS[kind]
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{name}")) for name in messages}
