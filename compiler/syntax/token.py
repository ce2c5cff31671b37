"""The words of the language, and how they may be spelled.

    ident   = letter { letter | digit }            letter: Unicode letter or "_"; digit: Unicode decimal digit
    null    = "null" ;  bool = "true" | "false"    the only reserved words
    number  = dec { dec }                          read as octal when it starts with 0 and can be
    float   = ( dec { dec } "." { dec } | "." dec { dec } | dec { dec } ) [ ( "e" | "E" ) [ "+" | "-" ] dec { dec } ]
    string  = '"' { character | escape } '"' | "`" { any character } "`"
    escape  = "\\" ( "a" | "b" | "f" | "n" | "r" | "t" | "v" | "\\" | '"' | octal octal octal
            | "x" hex hex | "u" 4*hex | "U" 8*hex )
    comment = "//" { character } | "/*" { any character } "*/"

A line break is a TERMINATOR after `ident null bool number float string ) ] }`, and white space elsewhere.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

__all__ = ["KEYWORDS", "Kind", "Token", "is_identifier", "quote", "unquote"]


class Kind(Enum):
    """The value is how a message names the token."""

    ILLEGAL = "illegal"
    EOF = "the end of the file"
    TERMINATOR = "the end of the line"
    IDENT = "a name"
    NULL = "null"
    BOOL = "bool"
    NUMBER = "number"
    FLOAT = "float"
    STRING = "a string"
    OR = "||"
    AND = "&&"
    NOT = "!"
    ASSIGN = "="
    EQ = "=="
    NEQ = "!="
    LT = "<"
    LTE = "<="
    GT = ">"
    GTE = ">="
    ADD = "+"
    SUB = "-"
    MUL = "*"
    DIV = "/"
    MOD = "%"
    POW = "^"
    LCURLY = "{"
    RCURLY = "}"
    LPAREN = "("
    RPAREN = ")"
    LBRACK = "["
    RBRACK = "]"
    COMMA = ","
    DOT = "."


class Token(NamedTuple):
    """`start` and `end` are character offsets."""

    kind: Kind
    start: int
    end: int


KEYWORDS = {"null": Kind.NULL, "true": Kind.BOOL, "false": Kind.BOOL}


def is_identifier(text: str) -> bool:
    """Whether `text` can be a name: a block label, an attribute, an object key without quotes."""
    if not text or text in KEYWORDS:
        return False
    first = text[0]
    return (first == "_" or first.isalpha()) and all(c == "_" or c.isalpha() or c.isdecimal() for c in text)


_ESCAPED = {
    "\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\", '"': '\\"',
}  # fmt: skip
_UNESCAPED = {escape[1]: character for character, escape in _ESCAPED.items()}
_ESCAPE = re.compile(r'\\(?:([abfnrtv\\"])|([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))')
_BYTE = re.compile(r"\\(?:[2-7]|x[89a-fA-F])")


def quote(text: str) -> str:
    r"""A double-quoted literal of any text, escaped as Go's `%q`; undecodable bytes (U+DC80..DCFF) become `\xNN`."""
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return f'"{"".join(map(_quoted, text))}"'


def _quoted(character: str) -> str:
    if (escape := _ESCAPED.get(character)) is not None:
        return escape
    if character.isprintable():
        return character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if 0xD800 <= code <= 0xDFFF:
        return "\\ufffd"
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def unquote(raw: str) -> str:
    """The text of a string token; `\\x` and octal escapes are bytes of its UTF-8."""
    body = raw[1:-1]
    if raw[0] == "`":
        return body.replace("\r", "")
    if "\\" not in body:
        return body
    if _BYTE.search(body):
        parts, at = [], 0
        for match in _ESCAPE.finditer(body):
            parts.append(body[at : match.start()].encode("utf-8", "surrogateescape"))
            code = match[2] or match[3]
            byte = int(code, 8 if match[2] else 16) if code else None
            parts.append(bytes([byte & 0xFF]) if byte is not None else _unescaped(match).encode())
            at = match.end()
        parts.append(body[at:].encode("utf-8", "surrogateescape"))
        return b"".join(parts).decode("utf-8", "surrogateescape")
    return _ESCAPE.sub(_unescaped, body)


def _unescaped(match: re.Match[str]) -> str:
    if match[1]:
        return _UNESCAPED[match[1]]
    code = int(match[2], 8) if match[2] else int(match[3] or match[4] or match[5], 16)
    # What the lexer refused still needs some text: the tree is whole even then.
    return "\ufffd" if code > 0x10FFFF or 0xD800 <= code < 0xE000 else chr(code)
