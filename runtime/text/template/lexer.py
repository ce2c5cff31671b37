"""Template text to tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["TemplateSyntaxError", "Token", "lex"]


class TemplateSyntaxError(Exception):
    """What is wrong with a template's text; one line, with the number of the line concerned."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(f"line {line}: {message}")


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is "text", "open", "close", "end", or inside an action: "space", "field", "variable", "name", "string", "char",
    "number", "bool", "nil", "dot", "pipe", "declare", "assign", "comma", "left", "right"."""

    kind: str
    value: str
    line: int


_ACTION = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<string>"(?:[^"\\\n]|\\.)*" | `[^`]*`)
      | (?P<char>'(?:[^'\\\n]|\\.[^']*)')
      | (?P<declare>:=) | (?P<assign>=) | (?P<pipe>\|) | (?P<comma>,) | (?P<left>\() | (?P<right>\))
      | (?P<number>[+-]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?))(?![\w])
      | (?P<field>\.[^\W\d]\w*)
      | (?P<variable>\$\w*)
      | (?P<dot>\.)
      | (?P<name>[^\W\d]\w*)""",
    re.VERBOSE,
)
_BLANK = " \t\r\n"


def lex(text: str) -> list[Token]:
    """Raises `TemplateSyntaxError`."""
    tokens: list[Token] = []
    at, trim = 0, False
    while True:
        start = text.find("{{", at)
        plain = text[at:] if start < 0 else text[at:start]
        line = text.count("\n", 0, at) + 1
        if trim:
            plain = plain.lstrip(_BLANK)
        if start < 0:
            _text(tokens, plain, line)
            break
        inner = start + 2
        if text.startswith("-", inner) and text[inner + 1 : inner + 2] in tuple(_BLANK):
            plain, inner = plain.rstrip(_BLANK), inner + 1
        _text(tokens, plain, line)
        line = text.count("\n", 0, start) + 1
        at, trim = _comment(text, inner, line) or _action(text, inner, line, tokens)
    tokens.append(Token("end", "", text.count("\n") + 1))
    return tokens


def _text(tokens: list[Token], text: str, line: int) -> None:
    if text:
        tokens.append(Token("text", text, line))


def _comment(text: str, at: int, line: int) -> tuple[int, bool] | None:
    """Where the text goes on after a comment that begins at `at`, and whether it is trimmed; None when there is none."""
    at += len(text[at:]) - len(text[at:].lstrip(_BLANK)) if text[at - 1] == "-" else 0
    if not text.startswith("/*", at):
        return None
    end = text.find("*/", at)
    if end < 0:
        raise TemplateSyntaxError("a comment is not closed, write `*/`", line)
    rest = text[end + 2 :]
    if rest.startswith("}}"):
        return end + 4, False
    trimmed = rest.lstrip(_BLANK)
    if len(trimmed) < len(rest) and trimmed.startswith("-}}"):
        return end + 2 + len(rest) - len(trimmed) + 3, True
    raise TemplateSyntaxError("a comment ends before the closing `}}`", line)


def _action(text: str, at: int, line: int, tokens: list[Token]) -> tuple[int, bool]:
    """Append the tokens of an action whose inside begins at `at`; where the text goes on, and whether it is trimmed."""
    tokens.append(Token("open", "", line))
    while True:
        if text.startswith("}}", at):
            tokens.append(Token("close", "", line))
            return at + 2, False
        match = _ACTION.match(text, at)
        if match is None:
            raise TemplateSyntaxError(_unknown(text, at), line)
        kind, value = match.lastgroup or "", match[0]
        if kind == "space" and text.startswith("-}}", match.end()):
            tokens.append(Token("close", "", line))
            return match.end() + 3, True
        if kind == "name":
            kind = {"true": "bool", "false": "bool", "nil": "nil"}.get(value, "name")
        tokens.append(Token(kind, value, line))
        line += value.count("\n")
        at = match.end()


def _unknown(text: str, at: int) -> str:
    if at >= len(text):
        return "an action is not closed, write `}}`"
    return "a text is not closed" if text[at] in "\"`'" else f"unexpected `{text[at]}` in an action"
