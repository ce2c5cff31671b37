"""Patterns of paths as Alloy's file components know them (doublestar).

| pattern    | matches                                                                      |
|------------|------------------------------------------------------------------------------|
| `*`, `?`   | any text, any character, but no `/`; a leading dot is like any other character |
| `**`       | as a whole path element: any number of directories, also none                |
| `[a-c]`    | a character of the class, `[!…]` and `[^…]` one that is not                  |
| `{a,b/c}`  | one of the alternatives, which are patterns                                  |
| `\\x`      | the character x                                                              |
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["Finder", "PatternError", "excluded", "is_pattern"]

_MAGIC = re.compile(r"[*?\[{\\]")
_INTRICATE = re.compile(r"[\[{\\]")
"""What may be broken, or stand for several patterns."""
_MOST_ALTERNATIVES = 1000


class PatternError(ValueError):
    """A pattern that nothing can match; the text is one line."""


def is_pattern(path: str) -> bool:
    """Whether `path` is more than the name of one file."""
    return _MAGIC.search(path) is not None


def excluded(pattern: str) -> Callable[[str], bool]:
    """A test of whole paths against `pattern`. Raises `PatternError`."""
    expressions = [re.compile(_translate(one), re.DOTALL) for one in _alternatives(pattern)]
    return lambda path: any(expression.fullmatch(path) for expression in expressions)


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    directory: bool


class Finder:
    """Expands patterns; a folder is listed once in the life of a finder, however many patterns look into it."""

    def __init__(self) -> None:
        self._listings: dict[str, list[_Entry]] = {}

    def files(self, pattern: str) -> list[tuple[str, os.stat_result]]:
        """Absolute paths of the files that match, sorted, each once, with their state. What is no regular file, or
        vanished, is left out. Raises `PatternError`."""
        found: dict[str, os.stat_result] = {}
        absolute = os.path.abspath(pattern) if pattern[:1] != "/" else pattern  # noqa: PTH100
        if not _MAGIC.search(absolute) and "//" not in absolute and absolute[-1:] != "/":
            state = _file(absolute)
            return [(absolute, state)] if state is not None else []
        for alternative in _alternatives(absolute):
            for path in self._walk("/", tuple(_elements(alternative)), frozenset()):
                if path in found:
                    continue
                if (state := _file(path)) is not None:
                    found[path] = state
        return sorted(found.items(), key=lambda item: item[0])

    def _walk(self, folder: str, elements: tuple[str, ...], above: frozenset[tuple[int, int]]) -> Iterator[str]:
        """Paths under `folder` that match `elements`. `above` are the folders that `**` went through: links may lead in
        circles."""
        while elements and not _MAGIC.search(elements[0]):
            folder, elements = os.path.join(folder, elements[0]), elements[1:]  # noqa: PTH118
        if not elements:
            yield folder
            return
        element, rest = elements[0], elements[1:]
        if element != "**":
            if entries := self._list(folder):
                matches = _matcher(element)
                for entry in entries:
                    if (not rest or entry.directory) and matches(entry.name):
                        yield from self._walk(os.path.join(folder, entry.name), rest, above)  # noqa: PTH118
            return
        yield from self._walk(folder, rest or ("*",), above)
        try:
            state = os.stat(folder)  # noqa: PTH116
        except OSError:
            return
        here = (state.st_dev, state.st_ino)
        if here in above:
            return
        for entry in self._list(folder):
            if entry.directory:
                yield from self._walk(os.path.join(folder, entry.name), elements, above | {here})  # noqa: PTH118

    def _list(self, folder: str) -> list[_Entry]:
        known = self._listings.get(folder)
        if known is None:
            try:
                with os.scandir(folder) as entries:
                    known = [_Entry(entry.name, entry.is_dir()) for entry in entries]
            except OSError:
                known = []
            self._listings[folder] = known
        return known


def _file(path: str) -> os.stat_result | None:
    try:
        state = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return state if stat.S_ISREG(state.st_mode) else None


def _elements(pattern: str) -> Iterator[str]:
    """Path elements; a `**` that is not alone in its element is as good as `*`, and repeated ones are one."""
    last = ""
    for element in pattern.split("/"):
        if element and not (element == last == "**"):
            yield element
            last = element


def _matcher(element: str) -> Callable[[str], object]:
    """A test of a name. Most elements have one star, and there may be one for every pod: those need no expression."""
    start, star, end = element.partition("*")
    if star and not _MAGIC.search(start + end):
        least = len(start) + len(end)
        return lambda name: len(name) >= least and name.startswith(start) and name.endswith(end)
    return _element(element).fullmatch


@lru_cache(4096)
def _element(pattern: str) -> re.Pattern[str]:
    return re.compile(_translate(pattern), re.DOTALL)


def _alternatives(pattern: str) -> tuple[str, ...]:
    """The patterns without braces that `pattern` stands for. Raises `PatternError`."""
    return _expanded(pattern) if _INTRICATE.search(pattern) else (pattern,)


@lru_cache(4096)
def _expanded(pattern: str) -> tuple[str, ...]:
    done: list[str] = []
    todo = [pattern]
    while todo:
        one = todo.pop()
        opening = _find(one, 0, "{")
        if opening < 0:
            done.append(one)
        else:
            closing, parts = _parts(one, opening)
            todo.extend(one[:opening] + part + one[closing + 1 :] for part in reversed(parts))
        if len(done) + len(todo) > _MOST_ALTERNATIVES:
            raise PatternError(f"pattern `{pattern}` has more than {_MOST_ALTERNATIVES} alternatives")
    for one in done:
        _translate(one)
    return tuple(done)


def _find(pattern: str, at: int, wanted: str) -> int:
    """The next of the characters `wanted` that is neither escaped nor in a class; -1 when there is none."""
    while at < len(pattern):
        character = pattern[at]
        if character in wanted:
            return at
        at = at + 2 if character == "\\" else _class_end(pattern, at) if character == "[" else at + 1
    return -1


def _parts(pattern: str, opening: int) -> tuple[int, list[str]]:
    """The end of the braces that open at `opening`, and their alternatives."""
    depth, start, parts = 0, opening + 1, []
    at = opening
    while (at := _find(pattern, at, "{,}")) >= 0:
        depth += {"{": 1, "}": -1, ",": 0}[pattern[at]]
        if depth == 0 or (depth == 1 and pattern[at] == ","):
            parts.append(pattern[start:at])
            start = at + 1
        if depth == 0:
            return at, parts
        at += 1
    raise PatternError(f"pattern `{pattern}` has a `{{` that is never closed")


def _class_end(pattern: str, opening: int) -> int:
    """The offset after the `]` of the class at `opening`."""
    at = opening + 1
    if pattern[at : at + 1] in ("!", "^"):
        at += 1
    first = at
    while at < len(pattern):
        if pattern[at] == "\\":
            at += 2
        elif pattern[at] == "]" and at > first:
            return at + 1
        else:
            at += 1
    raise PatternError(f"pattern `{pattern}` has a `[` that is never closed")


def _translate(pattern: str) -> str:
    """A regular expression for a pattern without braces. Raises `PatternError`."""
    out, at = [], 0
    while at < len(pattern):
        character = pattern[at]
        if character == "*":
            stars = len(pattern) - at - len(pattern[at:].lstrip("*"))
            alone = stars == 2 and pattern[at - 1 : at] in ("", "/") and pattern[at + 2 : at + 3] in ("", "/")
            if alone and at + 2 < len(pattern):
                out.append("(?:[^/]+/)*")
                at += 1
            else:
                out.append(".*" if alone else "[^/]*")
            at += stars
            continue
        if character == "?":
            out.append("[^/]")
        elif character == "[":
            end = _class_end(pattern, at)
            out.append(_translate_class(pattern, at + 1, end - 1))
            at = end
            continue
        elif character == "\\":
            if at + 1 == len(pattern):
                raise PatternError(f"pattern `{pattern}` ends with a lone `\\`")
            out.append(re.escape(pattern[at + 1]))
            at += 1
        else:
            out.append(re.escape(character))
        at += 1
    return "".join(out)


def _translate_class(pattern: str, at: int, end: int) -> str:
    negated = pattern[at] in "!^"
    at += negated
    members = []
    while at < end:
        low, at = _member(pattern, at)
        high = low
        if pattern[at : at + 1] == "-" and at + 1 < end:
            high, at = _member(pattern, at + 1)
            if high < low:
                raise PatternError(f"pattern `{pattern}` has the range `{low}-{high}`, which is backwards")
        members.append(f"{re.escape(low)}-{re.escape(high)}")
    return f"(?!/)[{'^' * negated}{''.join(members)}]"


def _member(pattern: str, at: int) -> tuple[str, int]:
    return (pattern[at + 1], at + 2) if pattern[at] == "\\" else (pattern[at], at + 1)
