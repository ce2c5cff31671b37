"""Sprig's functions on texts."""

from __future__ import annotations

import re
import textwrap
from typing import Any

import re2

from compiler.syntax.token import quote
from runtime.text.template.builtin import compiled, replaced
from runtime.text.template.invalid import Invalid
from runtime.text.template.values import text

__all__ = ["TABLE", "strings"]

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W_]+")


def strings(value: Any) -> list[str]:
    """Sprig's `strslice`: the texts of a list, or one text; nil is left out."""
    if isinstance(value, list):
        return [text(one) for one in value if one is not None]
    return [] if value is None else [text(value)]


def _title(value: str) -> str:
    return re.sub(r"(^|[^\w'])(\w)", lambda match: match[1] + match[2].upper(), value)


def _substr(start: int, end: int, value: str) -> str:
    found = value.encode("utf-8", "surrogateescape")
    if start < 0:
        part = found[: max(end, 0)]
    elif end < 0 or end > len(found):
        part = found[start:]
    elif start > end:
        raise Invalid("slice bounds out of range")
    else:
        part = found[start:end]
    return part.decode("utf-8", "surrogateescape")


def _trunc(count: int, value: str) -> str:
    found = value.encode("utf-8", "surrogateescape")
    if count < 0 and len(found) + count > 0:
        found = found[count:]
    elif count >= 0 and len(found) > count:
        found = found[:count]
    return found.decode("utf-8", "surrogateescape")


def _abbrev(width: int, value: str) -> str:
    return value if width < 4 or len(value) <= width else value[: width - 3] + "..."


def _quote(*values: Any) -> str:
    return " ".join(quote(text(value)) for value in values if value is not None)


def _squote(*values: Any) -> str:
    return " ".join(f"'{text(value)}'" for value in values if value is not None)


def _cat(*values: Any) -> str:
    return " ".join(text(value) for value in values if value is not None)


def _indent(spaces: int, value: str) -> str:
    pad = " " * spaces
    return pad + value.replace("\n", "\n" + pad)


def _repeat(count: int, value: str) -> str:
    if count < 0 or count * len(value) > 1 << 20:
        raise Invalid("a text is repeated too often")
    return value * count


def _wrap(width: int, value: str, separator: str = "\n") -> str:
    return separator.join(textwrap.wrap(value, max(width, 1), break_long_words=False, break_on_hyphens=False))


def _join(separator: str, value: Any) -> str:
    return separator.join(strings(value))


def _split_list(separator: str, value: str) -> list[str]:
    return value.split(separator) if separator else list(value)


def _split(separator: str, value: str) -> dict[str, str]:
    return {f"_{i}": part for i, part in enumerate(_split_list(separator, value))}


def _splitn(separator: str, count: int, value: str) -> dict[str, str]:
    return {f"_{i}": part for i, part in enumerate(value.split(separator, max(count - 1, 0)))}


def _words(value: str) -> list[str]:
    return _WORD.findall(value)


def _find_all(pattern: str, value: str, count: int) -> list[str]:
    found = [match.group(0) for match in compiled(pattern).finditer(value)]
    return found if count < 0 else found[:count]


def _find(pattern: str, value: str) -> str:
    match = compiled(pattern).search(value)
    return match.group(0) if match is not None else ""


def _regex_split(pattern: str, value: str, count: int) -> list[str]:
    if count == 0:
        return []
    parts: list[str] = []
    at = 0
    for match in compiled(pattern).finditer(value):
        if 0 < count <= len(parts) + 1:
            break
        start, end = match.span()
        if end == 0:
            continue
        parts.append(value[at:start])
        at = end
    return [*parts, value[at:]]


def _swapped(cut: str, value: str) -> str:
    return value.strip(cut) if cut else value


TABLE: dict[str, tuple[Any, ...]] = {
    "trim": (str.strip, "s"),
    "trimAll": (_swapped, "ss"),
    "trimall": (_swapped, "ss"),
    "trimPrefix": (lambda cut, value: value.removeprefix(cut), "ss"),
    "trimSuffix": (lambda cut, value: value.removesuffix(cut), "ss"),
    "upper": (str.upper, "s"),
    "lower": (str.lower, "s"),
    "title": (_title, "s"),
    "untitle": (lambda value: re.sub(r"(^|[^\w'])(\w)", lambda m: m[1] + m[2].lower(), value), "s"),
    "repeat": (_repeat, "is"),
    "substr": (_substr, "iis"),
    "trunc": (_trunc, "is"),
    "abbrev": (_abbrev, "is"),
    "nospace": (lambda value: re.sub(r"\s+", "", value), "s"),
    "initials": (lambda value: "".join(word[0] for word in value.split()), "s"),
    "wrap": (_wrap, "is"),
    "wrapWith": (lambda width, separator, value: _wrap(width, value, separator), "iss"),
    "contains": (lambda part, value: part in value, "ss"),
    "hasPrefix": (lambda part, value: value.startswith(part), "ss"),
    "hasSuffix": (lambda part, value: value.endswith(part), "ss"),
    "quote": (_quote, "", "a"),
    "squote": (_squote, "", "a"),
    "cat": (_cat, "", "a"),
    "indent": (_indent, "is"),
    "nindent": (lambda spaces, value: "\n" + _indent(spaces, value), "is"),
    "replace": (lambda old, new, value: replaced(value, old, new, -1), "sss"),
    "plural": (lambda one, many, count: one if count == 1 else many, "ssi"),
    "snakecase": (lambda value: "_".join(_words(value)).lower(), "s"),
    "kebabcase": (lambda value: "-".join(_words(value)).lower(), "s"),
    "camelcase": (lambda value: "".join(word[:1].upper() + word[1:].lower() for word in _words(value)), "s"),
    "swapcase": (str.swapcase, "s"),
    "join": (_join, "sa"),
    "split": (_split, "ss"),
    "splitList": (_split_list, "ss"),
    "splitn": (_splitn, "sis"),
    "sortAlpha": (lambda value: sorted(strings(value)), "a"),
    "toString": (text, "a"),
    "toStrings": (strings, "a"),
    "regexMatch": (lambda pattern, value: compiled(pattern).search(value) is not None, "ss"),
    "regexFind": (_find, "ss"),
    "regexFindAll": (_find_all, "ssi"),
    "regexSplit": (_regex_split, "ssi"),
    "regexQuoteMeta": (re2.escape, "s"),
}
