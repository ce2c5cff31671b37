"""Sprig's functions on values of any kind: defaults, choices, encodings, digests."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zlib
from typing import Any

from runtime.text import gojson
from runtime.text.template.invalid import Invalid
from runtime.text.template.values import is_true, kind

__all__ = ["TABLE"]


def _default(fallback: Any, *given: Any) -> Any:
    return given[0] if given and is_true(given[0]) else fallback


def _coalesce(*values: Any) -> Any:
    return next((value for value in values if is_true(value)), None)


def _ternary(yes: Any, no: Any, condition: bool) -> Any:
    return yes if condition else no


def _fail(message: str) -> Any:
    raise Invalid(message)


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")


def _base64(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode("utf-8", "surrogateescape")
    except (binascii.Error, ValueError) as error:
        return str(error)


def _base32(value: str) -> str:
    try:
        return base64.b32decode(value).decode("utf-8", "surrogateescape")
    except (binascii.Error, ValueError) as error:
        return str(error)


def _from_json(value: str) -> Any:
    try:
        return json.loads(value, parse_int=float)
    except ValueError:
        return None


def _must_from_json(value: str) -> Any:
    try:
        return json.loads(value, parse_int=float)
    except ValueError as error:
        raise Invalid(str(error)) from None


def _raw_json(value: Any) -> str:
    text = gojson.dumps(value)
    for plain, code in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(code, plain)
    return text


def _kind_of(value: Any) -> str:
    if kind(value) == "other":
        return "slice" if isinstance(value, list) else "map"
    return {"float": "float64"}.get(kind(value), kind(value))


def _hex(name: str, value: str) -> str:
    return hashlib.new(name, _bytes(value)).hexdigest()


TABLE: dict[str, tuple[Any, ...]] = {
    "default": (_default, "a", "a"),
    "empty": (lambda value: not is_true(value), "a"),
    "coalesce": (_coalesce, "", "a"),
    "all": (lambda *values: all(map(is_true, values)), "", "a"),
    "any": (lambda *values: any(map(is_true, values)), "", "a"),
    "ternary": (_ternary, "aab"),
    "fail": (_fail, "s"),
    "kindOf": (_kind_of, "a"),
    "kindIs": (lambda wanted, value: _kind_of(value) == wanted, "sa"),
    "deepEqual": (lambda left, right: kind(left) == kind(right) and left == right, "aa"),
    "b64enc": (lambda value: base64.b64encode(_bytes(value)).decode(), "s"),
    "b64dec": (_base64, "s"),
    "b32enc": (lambda value: base64.b32encode(_bytes(value)).decode(), "s"),
    "b32dec": (_base32, "s"),
    "toJson": (gojson.dumps, "a"),
    "toRawJson": (_raw_json, "a"),
    "fromJson": (_from_json, "s"),
    "mustToJson": (gojson.dumps, "a"),
    "mustFromJson": (_must_from_json, "s"),
    "sha1sum": (lambda value: _hex("sha1", value), "s"),
    "sha256sum": (lambda value: _hex("sha256", value), "s"),
    "sha512sum": (lambda value: _hex("sha512", value), "s"),
    "adler32sum": (lambda value: str(zlib.adler32(_bytes(value))), "s"),
}
