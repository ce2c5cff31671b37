"""Every registered component's `Arguments` and `Exports` are Alloy's: names, types, defaults, what is required."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from msgspec import inspect

from compiler.catalog import MISSING, AttributeSchema, BodySchema, load_catalog
from compiler.evaluate.types import ByteSize, Duration, OptionalSecret, Secret, Target
from runtime.registry import Registration, find, names

_CUSTOM = {
    "duration": Duration,
    "bytesize": ByteSize,
    "secret": Secret,
    "secret_or_string": OptionalSecret,
    "target": Target,
}
_TEXTS = {"duration": Duration.parse, "bytesize": ByteSize.parse}


@pytest.mark.parametrize("name", names())
def test_documented_and_known_to_the_catalog(name: str) -> None:
    registration = find(name)
    assert registration is not None
    assert (registration.build.__doc__ or "").strip()
    assert load_catalog().get(name) is not None, f"{name} is no component of Alloy's"


@pytest.mark.parametrize("name", names())
def test_arguments(name: str) -> None:
    registration, schema = find(name), load_catalog().get(name)
    assert registration is not None
    assert schema is not None
    assert list(_differences(registration, inspect.type_info(registration.arguments), schema.body, "")) == []


@pytest.mark.parametrize("name", names())
def test_what_is_unsupported_exists(name: str) -> None:
    registration, schema = find(name), load_catalog().get(name)
    assert registration is not None
    assert schema is not None
    paths = set(_paths(schema.body, ""))
    assert registration.unsupported <= paths, f"no such arguments: {sorted(registration.unsupported - paths)}"


@pytest.mark.parametrize("name", names())
def test_exports(name: str) -> None:
    registration, schema = find(name), load_catalog().get(name)
    assert registration is not None
    assert schema is not None
    exports = inspect.type_info(registration.exports)
    found = exports.fields if isinstance(exports, inspect.StructType) else ()
    assert {field.encode_name for field in found} == set(schema.exports)
    wrong = [f.encode_name for f in found if not _fits(schema.exports[f.encode_name], f.type, None)]
    assert wrong == []


def _paths(body: BodySchema, prefix: str, depth: int = 4) -> Iterator[str]:
    yield from (f"{prefix}{name}" for name in body.attributes)
    for name, block in body.blocks.items():
        yield f"{prefix}{name}"
        if depth:
            yield from _paths(block.body, f"{prefix}{name}.", depth - 1)


def _differences(registration: Registration, struct: inspect.Type, body: BodySchema, prefix: str) -> Iterator[str]:
    if not isinstance(struct, inspect.StructType):
        yield f"{prefix or registration.name}: no struct but {struct}"
        return
    fields = {field.encode_name: field for field in struct.fields}
    families = {block.enum for block in body.blocks.values() if block.enum is not None}
    for name in fields.keys() - body.attributes.keys() - body.blocks.keys() - families:
        labelled = name == "label"
        if not labelled:
            yield f"{prefix}{name}: unknown to Alloy"
    for name, attribute in body.attributes.items():
        if name in fields:
            yield from _attribute_differences(fields[name], attribute, f"{prefix}{name}")
        elif registration.honours(f"{prefix}{name}"):
            yield f"{prefix}{name}: missing"
    for name, block in body.blocks.items():
        if block.enum is not None:
            continue
        if name not in fields:
            if registration.honours(f"{prefix}{name}"):
                yield f"{prefix}{name}: block missing"
            continue
        inner = _without_none(fields[name].type)
        if isinstance(inner, inspect.ListType) != block.repeated:
            yield f"{prefix}{name}: repeated is {block.repeated}"
            continue
        element = inner.item_type if isinstance(inner, inspect.ListType) else inner
        yield from _differences(registration, element, block.body, f"{prefix}{name}.")
    for family in families - fields.keys():
        yield f"{prefix}{family}: family missing"


def _attribute_differences(field: inspect.Field, attribute: AttributeSchema, path: str) -> Iterator[str]:
    if not _fits(attribute.type, field.type, attribute.number):
        yield f"{path}: is {field.type}, Alloy has {attribute.type} {attribute.number or ''}"
    if field.required != attribute.required:
        yield f"{path}: required is {field.required}, in Alloy {attribute.required}"
    if not field.required and not attribute.required:
        ours, theirs = _plain(_default(field)), None if attribute.default is MISSING else attribute.default
        if attribute.type in _TEXTS and isinstance(theirs, str):
            theirs = str(_TEXTS[attribute.type](theirs))
        if ours != theirs and not (_empty(ours) and _empty(theirs)):
            yield f"{path}: default is {ours!r}, in Alloy {theirs!r}"


def _default(field: inspect.Field) -> object:
    return field.default_factory() if field.default_factory is not msgspec.NODEFAULT else field.default


def _plain(value: object) -> object:
    match value:
        case Duration() | ByteSize():
            return str(value)
        case Secret():
            return value.reveal()
        case OptionalSecret():
            return value.text
        case list() | tuple():
            return [_plain(element) for element in value]
        case dict():
            return {name: _plain(element) for name, element in value.items()}
        case _:
            return value


def _empty(value: object) -> bool:
    return value in (None, "", [], {}, 0, False, "0s", "0B")


def _without_none(found: inspect.Type) -> inspect.Type:
    if isinstance(found, inspect.UnionType):
        rest = [t for t in found.types if not isinstance(t, inspect.NoneType)]
        if len(rest) == 1:
            return rest[0]
    return found


def _fits(wanted: str, found: inspect.Type, number: str | None) -> bool:
    found = _without_none(found)
    if isinstance(found, inspect.AnyType):
        return True
    kind, _, inner = wanted.partition("(")
    inner = inner.removesuffix(")")
    match kind:
        case "string":
            return isinstance(found, inspect.StrType | inspect.LiteralType | inspect.EnumType)
        case "bool":
            return isinstance(found, inspect.BoolType)
        case "number":
            float_ = (number or "").startswith("float") or number is None
            return isinstance(found, inspect.FloatType if float_ else inspect.IntType) or (
                number is None and isinstance(found, inspect.IntType)
            )
        case "list":
            return isinstance(found, inspect.ListType) and _fits(inner, found.item_type, number)
        case "map":
            return isinstance(found, inspect.DictType) and _fits(inner, found.value_type, number)
        case "object":
            return isinstance(found, inspect.DictType)
        case "capsule":
            capsule = _class(found).__dict__.get("capsule_type") if isinstance(found, inspect.CustomType) else None
            return capsule == inner
        case _:
            return isinstance(found, inspect.CustomType) and issubclass(_class(found), _CUSTOM[kind])


def _class(found: Any) -> type:
    cls = found.cls
    assert isinstance(cls, type), json.dumps(str(cls))
    return cls
