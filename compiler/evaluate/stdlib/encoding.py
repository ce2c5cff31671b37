"""`encoding.*`, but for YAML."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import quote_plus, unquote_to_bytes

from compiler.evaluate.errors import ConversionError, SecretShown
from compiler.evaluate.types import OptionalSecret, Secret, Target
from compiler.evaluate.values import type_name

__all__ = [
    "from_base64", "from_json", "from_url_base64", "parse_json", "to_base64", "to_json", "to_url_base64", "url_decode",
    "url_encode",
]  # fmt: skip

_BAD_ESCAPE = re.compile(r"%(?![0-9a-fA-F]{2}).{0,2}", re.DOTALL)
_HTML = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"`{constant}` is no JSON")


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"the number `{text}` is out of range")
    return value


def parse_json(text: str, *, integers: bool = False) -> Any:
    """Any JSON value; numbers are floats unless `integers` are wanted. Raises `ValueError` with the place."""
    try:
        return json.loads(text, parse_constant=_refuse, parse_float=_float, parse_int=int if integers else _float)
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg} at line {error.lineno} column {error.colno}") from None
    except RecursionError:
        raise ValueError("the text nests too deeply") from None


def from_json(text: str) -> Any:
    return parse_json(text)


def to_json(value: Any) -> str:
    """Only an object is taken, keys come out sorted. A secret is refused: its text could be seen."""
    if not isinstance(value, Mapping) or isinstance(value, Target):
        raise ValueError(f"only an object has a JSON text, not {type_name(value)}")
    return _json(value, (0,))


def _json(value: Any, path: tuple[int | str, ...]) -> str:
    match value:
        case None | bool() | str():
            return json.dumps(value, ensure_ascii=False).translate(_HTML)
        case int():
            return str(int(value))
        case float():
            return _json_float(value)
        case Mapping():
            fields = (f"{_json(str(name), path)}:{_json(value[name], (*path, name))}" for name in sorted(value))
            return "{" + ",".join(fields) + "}"
        case list() | tuple() | bytes():
            return "[" + ",".join(_json(element, (*path, index)) for index, element in enumerate(value)) + "]"
        case OptionalSecret(is_secret=False):
            return _json(value.text, path)
        case Secret() | OptionalSecret():
            raise ConversionError(SecretShown(), path)
        case _:
            raise ValueError(f"JSON has no {type_name(value)}")


def _json_float(value: float) -> str:
    """Go's spelling: an exponent only below 1e-6 and from 1e21 on."""
    if not math.isfinite(value):
        raise ValueError(f"JSON has no {value}")
    if value and not 1e-6 <= abs(value) < 1e21:
        digits, _, exponent = repr(value).partition("e")
        if not exponent:
            digits, _, exponent = f"{value:.17e}".partition("e")
        return f"{digits.removesuffix('.0')}e{int(exponent):+d}"
    if value.is_integer():
        return "-0" if value == 0 and math.copysign(1, value) < 0 else str(int(value))
    text = repr(value)
    return text if "e" not in text else f"{value:.20f}".rstrip("0")


def to_base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "surrogateescape")).decode("ascii")


def to_url_base64(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode("utf-8", "surrogateescape")).decode("ascii")


def from_base64(text: str) -> bytes:
    """A list of bytes, which becomes a text where one is wanted."""
    return _from_base64(text, b"+/")


def from_url_base64(text: str) -> bytes:
    return _from_base64(text, b"-_")


def _from_base64(text: str, alphabet: bytes) -> bytes:
    compact = text.replace("\r", "").replace("\n", "")
    other = {"+", "/", "-", "_"} - set(alphabet.decode())
    try:
        if not compact.isascii() or other & set(compact):
            raise ValueError("it has characters outside of the base64 alphabet")
        return base64.b64decode(compact.encode("ascii"), altchars=alphabet, validate=True)
    except binascii.Error as error:
        raise ValueError(f"illegal base64 data: {str(error)[:1].lower()}{str(error)[1:]}") from None


def url_encode(text: str) -> str:
    """As in a query: a blank becomes `+`."""
    return quote_plus(text.encode("utf-8", "surrogateescape"))


def url_decode(text: str) -> str:
    if bad := _BAD_ESCAPE.search(text):
        raise ValueError(f"`{bad[0]}` is no URL escape")
    return unquote_to_bytes(text.replace("+", " ")).decode("utf-8", "surrogateescape")
