"""The shape of a Go template: what opens is closed, blocks nest. Functions and their arguments are not looked at."""

from __future__ import annotations

import re

__all__ = ["template_fault"]

_ACTION = re.compile(
    r'"(?:[^"\\\n]|\\.)*"|`[^`]*`|\'(?:[^\'\\\n]|\\.)*\'|/\*.*?\*/|-?\}\}|[()]|[^\W\d]\w*|["`\']|\|\s*\||\|', re.DOTALL
)
_OPENS = frozenset({"if", "with", "range", "define", "block"})


def template_fault(text: str) -> str | None:
    """What is wrong; None for a template that can be read."""
    open_blocks: list[str] = []
    at = 0
    while (start := text.find("{{", at)) >= 0:
        end, fault, first, after = _action(text, start + 2)
        if fault is not None:
            return f"{fault} in `{_shown(text[start:])}`"
        at = end
        match first:
            case "end" if not open_blocks:
                return "`{{ end }}` closes nothing"
            case "end":
                open_blocks.pop()
            case "else" if not open_blocks:
                return "`{{ else }}` stands outside of `if`, `with` and `range`"
            case "" if not after:
                return "an action is empty: `{{ }}`"
            case _ if first in _OPENS:
                if not after:
                    return f"`{first}` has no condition"
                open_blocks.append(first)
            case _:
                pass
    return f"`{open_blocks[-1]}` is not closed: write `{{{{ end }}}}`" if open_blocks else None


def _action(text: str, at: int) -> tuple[int, str | None, str, bool]:
    """The end of an action whose inside begins at `at`, what is wrong, its first word, and whether more stands in it."""
    start, depth, first, last = at, 0, "", ""
    while (found := _ACTION.search(text, at)) is not None:
        token = found.group()
        if token.endswith("}}") and not token.startswith(("/*", '"', "`", "'")):
            inside = text[start : found.start()].strip(" \t\r\n-")
            if depth:
                return found.end(), "a parenthesis is not closed", first, True
            if last == "|":
                return found.end(), "a function is missing behind `|`", first, True
            return found.end(), None, first, bool(inside.removeprefix(first).strip())
        if token in ('"', "`", "'"):
            return found.end(), "a text is not closed", first, True
        if token.startswith("|") and len(token) > 1:
            return found.end(), "a function is missing between `|` and `|`", first, True
        depth += (token == "(") - (token == ")")
        if depth < 0:
            return found.end(), "a parenthesis closes nothing", first, True
        if not text[start : found.start()].strip(" \t\r\n-") and token[0].isalpha():
            first = token
        last = token if not text[found.end() :].lstrip(" \t\r\n").startswith((".", "$")) or token != "|" else ""
        at = found.end()
    return len(text), "an action is not closed: `}}` is missing", first, True


def _shown(text: str) -> str:
    line = text.partition("\n")[0]
    return line if len(line) <= 40 else line[:39] + "…"
