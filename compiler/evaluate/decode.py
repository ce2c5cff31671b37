"""Bodies of blocks to the Python values that a schema describes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from compiler.catalog import AttributeSchema, BlockSchema, BodySchema
from compiler.diagnostics import Diagnostics
from compiler.evaluate import numbers
from compiler.evaluate.errors import (
    ByteSizeInvalid,
    ConversionError,
    DurationInvalid,
    EvaluationError,
    NumberOutOfRange,
    SecretShown,
    TargetInvalid,
    TypeMismatch,
    UnknownEnumValue,
    WrongCapsule,
)
from compiler.evaluate.evaluator import evaluate, locate
from compiler.evaluate.scope import Scope
from compiler.evaluate.stdlib.formatting import sprintf
from compiler.evaluate.types import ByteSize, Duration, OptionalSecret, Secret, Target
from compiler.evaluate.values import as_secret, as_text, type_name
from compiler.syntax.tree import Attribute, Block, Body

__all__ = ["convert", "decode"]


def decode(body: Body, schema: BodySchema, scope: Scope, diagnostics: Diagnostics) -> dict[str, Any]:
    """What was written, by name; defaults are not filled in.

    A block that may stand once is a dict, one that may repeat a list of them; a label stands under "label". Blocks of a
    family (`stage.cri`) stand together under the family's name, as `(member, dict)` in the order of the text.
    Names that the schema does not know are passed over: the check of the graph reports them.
    """
    decoded: dict[str, Any] = {}
    for statement in body.statements:
        match statement:
            case Attribute():
                attribute = schema.attributes.get(statement.name.text)
                if attribute is not None:
                    _attribute(statement, attribute, scope, diagnostics, decoded)
            case Block():
                block = schema.blocks.get(statement.type)
                if block is not None:
                    _block(statement, block, decode(statement.body, block.body, scope, diagnostics), decoded)
    return decoded


def _attribute(
    statement: Attribute, schema: AttributeSchema, scope: Scope, diagnostics: Diagnostics, into: dict[str, Any]
) -> None:
    try:
        into[schema.name] = convert(evaluate(statement.value, scope), schema)
    except EvaluationError as error:
        diagnostics.report(error.fact, error.span)
    except ConversionError as error:
        diagnostics.report(error.fact, locate(statement.value, error.path))


def _block(statement: Block, schema: BlockSchema, decoded: dict[str, Any], into: dict[str, Any]) -> None:
    if schema.label and statement.label is not None:
        decoded = {"label": statement.label.text, **decoded}
    if schema.enum is not None:
        into.setdefault(schema.enum, []).append((schema.name.removeprefix(f"{schema.enum}."), decoded))
    elif schema.repeated:
        into.setdefault(schema.name, []).append(decoded)
    else:
        into[schema.name] = decoded


def convert(value: Any, schema: AttributeSchema) -> Any:
    """The value as the attribute wants it. Raises `ConversionError`.

    null gives the zero value of the type (empty text, 0, empty list), and None where the attribute may be unset.
    """
    if value is None and schema.nullable:
        return None
    converted = _convert(schema.type, value, schema.number)
    # An empty text is as good as none where that is the default.
    unset = value is None or (converted == "" and schema.default == "")
    if schema.enum and not unset and converted not in schema.enum:
        raise ConversionError(UnknownEnumValue(converted, schema.enum))
    return converted


def _convert(wanted: str, value: Any, number: str | None) -> Any:
    name, _, inner = wanted.partition("(")
    simple = _SIMPLE.get(name)
    if simple is not None:
        return simple(value)
    inner = inner.removesuffix(")")
    match name:
        case "number":
            return _number(value, number)
        case "list":
            return _list(inner, value, number)
        case "map":
            return _map(inner, value, number)
        case "capsule":
            return _capsule(inner, value)
        case _:
            raise AssertionError(f"the schema has an unknown type {wanted!r}")


def _bool(value: Any) -> bool:
    if value is None:
        return False
    if not isinstance(value, bool):
        raise ConversionError(TypeMismatch("bool", type_name(value)))
    return value


def _duration(value: Any) -> Duration:
    if value is None:
        return Duration(0)
    text = as_text(value)
    try:
        return Duration.parse(text)
    except ValueError as error:
        raise ConversionError(DurationInvalid(text, str(error).removeprefix("time: "))) from None


def _byte_size(value: Any) -> ByteSize:
    if value is None:
        return ByteSize(0)
    text = as_text(value)
    # Alloy's units all end in B; a bare number has none.
    if text != "0" and not text.endswith("B"):
        raise ConversionError(ByteSizeInvalid(text))
    try:
        return ByteSize.parse(text)
    except ValueError:
        raise ConversionError(ByteSizeInvalid(text)) from None


def _secret_or_string(value: Any) -> OptionalSecret | str:
    match value:
        case Secret():
            return OptionalSecret(value.reveal(), True)
        case OptionalSecret():
            return value
        case str() | None:
            return value or ""
        case _:
            raise ConversionError(TypeMismatch("string or secret", type_name(value)))


def _any(value: Any) -> Any:
    return list(value) if isinstance(value, bytes) else value


def _object(value: Any) -> dict[str, Any]:
    return dict(_fields(value))


def _fields(value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ConversionError(TypeMismatch("object", type_name(value)))
    return value


def _target(value: Any) -> Target:
    """Labels are texts: numbers and bools are printed, secrets and null refused."""
    if isinstance(value, Target):
        return value
    if value is None:
        return Target()
    if not isinstance(value, Mapping):
        raise ConversionError(TargetInvalid(f"expected object, got {type_name(value)}"))
    labels: dict[str, str] = {}
    for name, label in value.items():
        match label:
            case str():
                labels[name] = label
            case None:
                raise ConversionError(TargetInvalid(f"the label `{name}` is null"))
            case Secret() | OptionalSecret(is_secret=True):
                raise ConversionError(SecretShown(), (name,))
            case OptionalSecret():
                labels[name] = label.text
            case _:
                labels[name] = sprintf("%v", label)
    return Target(labels)


_SIMPLE: dict[str, Callable[[Any], Any]] = {
    "string": as_text,
    "bool": _bool,
    "duration": _duration,
    "bytesize": _byte_size,
    "secret": as_secret,
    "secret_or_string": _secret_or_string,
    "any": _any,
    "target": _target,
    "object": _object,
}


def _list(inner: str, value: Any, number: str | None) -> list[Any]:
    if value is None:
        return []
    if type_name(value) != "array":
        raise ConversionError(TypeMismatch("array", type_name(value)))
    if inner == "any":
        return list(value)
    simple = _SIMPLE.get(inner)
    converted: list[Any] = []
    for index, element in enumerate(value):
        try:
            converted.append(simple(element) if simple is not None else _convert(inner, element, number))
        except ConversionError as error:
            raise error.under(index) from None
    return converted


def _map(inner: str, value: Any, number: str | None) -> dict[str, Any]:
    converted: dict[str, Any] = {}
    for name, element in _fields(value).items():
        try:
            converted[name] = _convert(inner, element, number)
        except ConversionError as error:
            raise error.under(name) from None
    return converted


def _capsule(wanted: str, value: Any) -> Any:
    if value is None:
        return None
    got = getattr(value, "capsule_type", None)
    if got is None or isinstance(value, type):
        raise ConversionError(WrongCapsule(wanted, type_name(value)))
    if got != wanted:
        raise ConversionError(WrongCapsule(wanted, f"`{got}`"))
    return value


_INTEGERS = {"int": 64, "int64": 64, "int32": 32, "int16": 16, "int8": 8}
_UNSIGNED = {"uint": 64, "uint64": 64, "uint32": 32, "uint16": 16, "uint8": 8}


def _number(value: Any, kind: str | None) -> int | float:
    """A text of digits is read as a number, a fraction is cut off where an integer is wanted."""
    found = _parse_number(value)
    if kind in {"float64", "float32", "float"}:
        return float(found)
    bits = _INTEGERS.get(kind or "") or _UNSIGNED.get(kind or "")
    if bits is None:
        return found
    if isinstance(found, float) and not math.isfinite(found):
        raise ConversionError(NumberOutOfRange(numbers.format_number(found), str(kind)))
    integer = int(found)
    if kind in _UNSIGNED:
        # As in Go, -1 becomes the largest number; narrower types refuse what they cannot hold.
        integer = integer & numbers.UINT64_MAX if bits == 64 and integer >= -(1 << 63) else integer
        lowest, highest = 0, (1 << bits) - 1
    else:
        lowest, highest = -(1 << bits - 1), (1 << bits - 1) - 1
    if not lowest <= integer <= highest:
        raise ConversionError(NumberOutOfRange(numbers.format_number(found), str(kind)))
    return integer


def _parse_number(value: Any) -> int | float:
    match value:
        case None:
            return 0
        case bool():
            pass
        case int() | float():
            return value
        case str() if value.isascii() and not set(value) & set(" _\t\n"):
            try:
                return float(value) if set(value) & set(".eE") else int(value)
            except ValueError:
                pass
        case _:
            pass
    raise ConversionError(TypeMismatch("number", type_name(value)))
