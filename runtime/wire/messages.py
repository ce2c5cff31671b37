"""Builds protobuf message classes from a table of fields, so that a protocol's definition can be read on one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

__all__ = ["build"]

_Field = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    "double": _Field.TYPE_DOUBLE, "int64": _Field.TYPE_INT64, "uint64": _Field.TYPE_UINT64, "int32": _Field.TYPE_INT32,
    "fixed64": _Field.TYPE_FIXED64, "bool": _Field.TYPE_BOOL, "string": _Field.TYPE_STRING, "bytes": _Field.TYPE_BYTES,
    "uint32": _Field.TYPE_UINT32, "sint64": _Field.TYPE_SINT64,
}  # fmt: skip


def build(package: str, messages: Mapping[str, Sequence[tuple[int, str, str]]]) -> dict[str, Any]:
    """`{message: [(number, name, type)]}` to message classes; a type is a scalar's name or a message of the table,
    `repeated ` before it where it repeats. Raises `KeyError` for an unknown type."""
    file = descriptor_pb2.FileDescriptorProto(name=f"{package}.proto", package=package, syntax="proto3")
    for message, fields in messages.items():
        descriptor = file.message_type.add(name=message)
        for number, name, declared in fields:
            kind = declared.removeprefix("repeated ")
            label = _Field.LABEL_OPTIONAL if kind == declared else _Field.LABEL_REPEATED
            item = descriptor.field.add(name=name, number=number, label=label)
            if kind in messages:
                item.type = _Field.TYPE_MESSAGE
                item.type_name = f".{package}.{kind}"
            else:
                item.type = _SCALARS[kind]
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{name}")) for name in messages}
