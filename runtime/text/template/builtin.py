"""Go's own functions and Alloy's."""

from __future__ import annotations

import hashlib
import html
import json
from typing import Any
from urllib.parse import quote_plus

import re2

from compiler.evaluate.stdlib.formatting import sprintf
from runtime.relabel import expand
from runtime.text.template.invalid import Invalid
from runtime.text.template.values import compare, is_true, kind, text

__all__ = ["TABLE", "compiled", "replaced"]


def _and(first: Any, *rest: Any) -> Any:
    value = first
    for value in (first, *rest):
        if not is_true(value):
            return value
    return value


def _or(first: Any, *rest: Any) -> Any:
    value = first
    for value in (first, *rest):
        if is_true(value):
            return value
    return value


def _eq(left: Any, *others: Any) -> bool:
    if not others:
        raise Invalid("missing argument for comparison")
    for right in others:
        kinds = {kind(left), kind(right)}
        if len(kinds) > 1:
            if "invalid" not in kinds:
                raise Invalid("incompatible types for comparison")
        elif kinds == {"other"}:
            raise Invalid("non-comparable type")
        elif left == right:
            return True
    return False


def _ordered(left: Any, right: Any) -> int:
    result = compare(left, right)
    if result is None:
        raise Invalid("incompatible types for comparison")
    return result


def _index(value: Any, *keys: Any) -> Any:
    for key in keys:
        match value:
            case dict():
                if not isinstance(key, str):
                    raise Invalid(f"cannot index a map with {text(key)}")
                value = value.get(key)
            case list() | str():
                if kind(key) != "int":
                    raise Invalid(f"cannot index with {text(key)}")
                found = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
                if not 0 <= key < len(found):
                    raise Invalid(f"index out of range: {key}")
                value = found[key]
            case None:
                raise Invalid("index of untyped nil")
            case _:
                raise Invalid(f"cannot index {text(value)}")
    return value


def _slice(value: Any, *bounds: Any) -> Any:
    if not isinstance(value, list | str):
        raise Invalid(f"cannot slice {text(value)}")
    found = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
    start, end = (*bounds, *([0, len(found)][len(bounds) :]))[:2]
    if kind(start) != "int" or kind(end) != "int" or not 0 <= start <= end <= len(found):
        raise Invalid("index out of range")
    part = found[start:end]
    return part.decode("utf-8", "surrogateescape") if isinstance(part, bytes) else part


def _len(value: Any) -> int:
    match value:
        case str():
            return len(value.encode("utf-8", "surrogateescape"))
        case list() | dict():
            return len(value)
        case _:
            raise Invalid(f"len of {'nil' if value is None else kind(value)}")


def _print(*values: Any) -> str:
    """Go's `Sprint`: a blank between two values of which none is a text."""
    out: list[str] = []
    for i, value in enumerate(values):
        if i and not isinstance(value, str) and not isinstance(values[i - 1], str):
            out.append(" ")
        out.append(text(value))
    return "".join(out)


def _println(*values: Any) -> str:
    return " ".join(map(text, values)) + "\n"


def _html(*values: Any) -> str:
    return html.escape(_print(*values), quote=False).replace('"', "&#34;").replace("'", "&#39;")


def _js(*values: Any) -> str:
    quoted = json.dumps(_print(*values), ensure_ascii=False)[1:-1]
    for plain, code in (("'", "\\'"), ("<", "\\u003C"), (">", "\\u003E"), ("&", "\\u0026"), ("=", "\\u003D")):
        quoted = quoted.replace(plain, code)
    return quoted


def replaced(source: str, old: str, new: str, count: int) -> str:
    """Go's `strings.Replace`: an empty `old` stands before each character and at the end, a negative count is all."""
    return source.replace(old, new, count if count >= 0 else -1)


def compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error:
        raise Invalid(f"`{pattern}` is no valid RE2 expression") from None


def replace_all(pattern: str, source: str, replacement: str, *, literal: bool) -> str:
    """Go's `ReplaceAllString` and `ReplaceAllLiteralString`."""
    expression = compiled(pattern)
    out: list[str] = []
    at, last = 0, -1
    for match in expression.finditer(source):
        start, end = match.span()
        # Go leaves out an empty match right after another one.
        if start == end == last:
            continue
        out.append(source[at:start])
        groups = (match.group(0), *(group or "" for group in match.groups()))
        out.append(replacement if literal else expand(replacement, groups, expression.groupindex))
        at = last = end
    out.append(source[at:])
    return "".join(out)


def _digest(name: str, salt: str, value: str) -> str:
    return hashlib.new(name, (salt + value).encode("utf-8", "surrogateescape")).hexdigest()


def _trim_left(value: str, cut: str) -> str:
    return value.lstrip(cut) if cut else value


def _trim_right(value: str, cut: str) -> str:
    return value.rstrip(cut) if cut else value


TABLE: dict[str, tuple[Any, ...]] = {
    "and": (_and, "a", "a"),
    "or": (_or, "a", "a"),
    "not": (lambda value: not is_true(value), "a"),
    "eq": (_eq, "a", "a"),
    "ne": (lambda left, right: not _eq(left, right), "aa"),
    "lt": (lambda left, right: _ordered(left, right) < 0, "aa"),
    "le": (lambda left, right: _ordered(left, right) <= 0, "aa"),
    "gt": (lambda left, right: _ordered(left, right) > 0, "aa"),
    "ge": (lambda left, right: _ordered(left, right) >= 0, "aa"),
    "index": (_index, "a", "a"),
    "slice": (_slice, "a", "a"),
    "len": (_len, "a"),
    "print": (_print, "", "a"),
    "println": (_println, "", "a"),
    "printf": (sprintf, "s", "a"),
    "html": (_html, "", "a"),
    "js": (_js, "", "a"),
    "urlquery": (lambda *values: quote_plus(_print(*values), safe="~"), "", "a"),
    "ToLower": (str.lower, "s"),
    "ToUpper": (str.upper, "s"),
    "Replace": (replaced, "sssi"),
    "Trim": (lambda value, cut: _trim_right(_trim_left(value, cut), cut), "ss"),
    "TrimLeft": (_trim_left, "ss"),
    "TrimRight": (_trim_right, "ss"),
    "TrimPrefix": (str.removeprefix, "ss"),
    "TrimSuffix": (str.removesuffix, "ss"),
    "TrimSpace": (str.strip, "s"),
    "Hash": (lambda salt, value: _digest("sha3-256", salt, value), "ss"),
    "Sha2Hash": (lambda salt, value: _digest("sha256", salt, value), "ss"),
    "regexReplaceAll": (lambda pattern, value, new: replace_all(pattern, value, new, literal=False), "sss"),
    "regexReplaceAllLiteral": (lambda pattern, value, new: replace_all(pattern, value, new, literal=True), "sss"),
}
