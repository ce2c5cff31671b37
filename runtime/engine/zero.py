"""The exports of a component that has not exported yet: Go's zero values, as Alloy shows them."""

from __future__ import annotations

from collections.abc import Mapping

from compiler.evaluate.types import ByteSize, Duration, OptionalSecret, Secret, Target

__all__ = ["zero_exports"]


def zero_exports(exports: Mapping[str, str]) -> dict[str, object]:
    """`exports` are the catalog's types by name (`capsule(loki.LogsReceiver)`); a capsule that is not there is None."""
    return {name: _zero(type_) for name, type_ in exports.items()}


def _zero(type_: str) -> object:
    kind = type_.partition("(")[0]
    match kind:
        case "string":
            return ""
        case "bool":
            return False
        case "number":
            return 0
        case "duration":
            return Duration(0)
        case "bytesize":
            return ByteSize(0)
        case "secret":
            return Secret("")
        case "secret_or_string":
            return OptionalSecret("", False)
        case "target":
            return Target()
        case "list":
            return []
        case "map" | "object":
            return {}
        case _:
            return OptionalSecret("", False) if type_ == "capsule(alloytypes.OptionalSecret)" else None
