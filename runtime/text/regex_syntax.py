"""Rewrites of expressions that keep what they match, for the native functions that take them."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["around_one_group", "with_named_groups_only"]

_TOKEN = re.compile(
    r"""(?P<quote>\\Q.*?(?:\\E|$))
      | (?P<escape>\\.)
      | (?P<class>\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\])
      | (?P<flags>\(\?[imsU-]+\))
      | (?P<open>\((?:\?(?:P?<\w+>|[imsU-]*:))?)
      | (?P<close>\)) | (?P<or>\|) | (?P<repeat>[*+?]\??|\{\d+(?:,\d*)?\}\??) | (?P<char>.)""",
    re.VERBOSE | re.DOTALL,
)
_META = frozenset("^$.")


def with_named_groups_only(pattern: str) -> str:
    """The same expression with `(?:` for each unnamed `(`."""
    return "".join("(?:" if kind == "open" and text == "(" else text for kind, text in _tokens(pattern))


def around_one_group(pattern: str) -> str | None:
    """`a(b)c` as `(a)(?:b)(c)`, so that a replacement can keep what stands around the group.

    None where that could match something else: the group is not the only one, is named, repeated or part of an
    alternative, flags change on the way, or a match may be empty.
    """
    tokens = list(_tokens(pattern))
    head = ""
    if tokens and tokens[0][0] == "flags":
        head = tokens.pop(0)[1]
    before, group, after = list[str](), list[str](), list[str]()
    depth, part, solid = 0, before, False
    for number, (kind, written) in enumerate(tokens):
        text = written
        following = tokens[number + 1][0] if number + 1 < len(tokens) else ""
        if kind in ("quote", "flags") or (kind == "or" and depth == 0):
            return None
        if kind == "open":
            if text == "(" or "<" in text:
                if text != "(" or depth or part is not before:
                    return None
                part, text = group, "(?:"
            depth += 1
        part.append(text)
        if kind == "close":
            depth -= 1
            if depth == 0 and part is group:
                if following == "repeat":
                    return None
                part = after
        literal = (kind == "char" and text not in _META) or (kind == "escape" and not text[1].isalnum())
        if literal and depth == 0 and following != "repeat":
            solid = True
    if part is not after or not solid:
        return None
    return f"{head}({''.join(before)}){''.join(group)}({''.join(after)})"


def _tokens(pattern: str) -> Iterator[tuple[str, str]]:
    for match in _TOKEN.finditer(pattern):
        yield match.lastgroup or "", match[0]
