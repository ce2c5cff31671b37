"""Text to tokens. All mistakes are reported; the token list is whole in any case."""

from __future__ import annotations

import re

from compiler.diagnostics import Diagnostics, Fact, Source, Span
from compiler.syntax.errors import (
    BadEscape,
    ExponentWithoutDigits,
    HalfOperator,
    IllegalCharacter,
    SingleQuotes,
    UnreadableText,
    UnterminatedComment,
    UnterminatedString,
)
from compiler.syntax.token import KEYWORDS, Kind, Token
from compiler.syntax.tree import Comment

__all__ = ["lex"]

_ESCAPES = r'\\(?:[abfnrtv\\"]|[0-3][0-7]{2}|x[0-9a-fA-F]{2}|u(?![dD][89a-fA-F])[0-9a-fA-F]{4})'
_TOKEN = re.compile(
    rf"""
      [ \t\r]+
    | (?P<newline> \n )
    | (?P<ident>   [A-Za-z_] [A-Za-z0-9_]*+ (?! [^\x00-\x7f] ) )
    | (?P<mark>    && | \|\| | [=!<>]= | [-=!<>+*%^{{}}()\[\],] | \. (?! [0-9] ) | / (?! [/*] ) )
    | (?P<string>  " (?: [^"\\\n] | {_ESCAPES} )* " | ` [^`]* ` )
    | (?P<float>   (?: [0-9]+ \. [0-9]* | \. [0-9]+ ) (?: [eE] [+-]? [0-9]* )? | [0-9]+ [eE] [+-]? [0-9]* )
    | (?P<number>  [0-9]+ )
    """,
    re.VERBOSE,
)
_COMMENT = re.compile(r"//[^\n]*|/\*(?:[^*]|\*(?!/))*(?P<closed>\*/)?")
# Comments alone up to the end of the line: they act as the line's end.
_TO_LINE_END = re.compile(r"(?:/\*(?:[^*\n]|\*(?!/))*\*/[ \t\r]*)*(?:\n|\Z|//|/\*(?:[^*\n]|\*(?!/))*(?:\n|\Z))")
_UNREADABLE = re.compile("[\0\ufeff\ud800-\udfff]")
_MARKS = {kind.value: kind for kind in Kind if not kind.value[0].isalpha()}
_ENDS = frozenset({
    Kind.IDENT, Kind.NULL, Kind.BOOL, Kind.NUMBER, Kind.FLOAT, Kind.STRING, Kind.RPAREN, Kind.RBRACK, Kind.RCURLY,
})  # fmt: skip
_ESCAPE_LENGTHS = {"x": (2, 16), "u": (4, 16), "U": (8, 16)} | dict.fromkeys("01234567", (3, 8))


def lex(source: Source, diagnostics: Diagnostics) -> tuple[list[Token], list[Comment]]:
    """All tokens, the last one EOF, and the comments beside them."""
    return _Lexer(source, diagnostics).run()


class _Lexer:
    def __init__(self, source: Source, diagnostics: Diagnostics) -> None:
        self.source = source
        self.text = source.text
        self.diagnostics = diagnostics
        self.tokens: list[Token] = []
        self.comments: list[Comment] = []
        self.armed = False

    def report(self, fact: Fact, start: int, end: int) -> None:
        self.diagnostics.report(fact, Span(self.source, start, max(end, start)))

    def run(self) -> tuple[list[Token], list[Comment]]:
        text, tokens = self.text, self.tokens
        at = 1 if text.startswith("\ufeff") else 0
        for bad in _UNREADABLE.finditer(text, at):
            self.report(UnreadableText(bad[0]), bad.start(), bad.end())
        size, match_token = len(text), _TOKEN.match
        while at < size:
            match = match_token(text, at)
            if match is None or match.end() == at:
                at = self.unusual(at)
                continue
            end = match.end()
            group = match.lastgroup
            if group == "newline":
                if self.armed:
                    tokens.append(Token(Kind.TERMINATOR, at, end))
                    self.armed = False
            elif group == "ident":
                tokens.append(Token(KEYWORDS.get(match[0], Kind.IDENT), at, end))
                self.armed = True
            elif group == "mark":
                kind = _MARKS[match[0]]
                tokens.append(Token(kind, at, end))
                self.armed = kind in _ENDS
            elif group == "string":
                tokens.append(Token(Kind.STRING, at, end))
                self.armed = True
            elif group == "number":
                tokens.append(Token(Kind.NUMBER, at, end))
                self.armed = True
            elif group == "float":
                if not text[end - 1].isdecimal() and text[end - 1] != ".":
                    self.report(ExponentWithoutDigits(match[0]), at, end)
                tokens.append(Token(Kind.FLOAT, at, end))
                self.armed = True
            at = end
        if self.armed:
            tokens.append(Token(Kind.TERMINATOR, size, size))
        tokens.append(Token(Kind.EOF, size, size))
        return tokens, self.comments

    def unusual(self, at: int) -> int:
        """Comments, words beyond ASCII, and mistakes."""
        text = self.text
        character = text[at]
        if character == "/":
            return self.comment(at)
        if character.isalpha() or character == "_":
            end = at + 1
            while end < len(text) and (text[end] == "_" or text[end].isalpha() or text[end].isdecimal()):
                end += 1
            self.tokens.append(Token(Kind.IDENT, at, end))
            self.armed = True
            return end
        if character in "\"'`":
            if character == "'":
                self.report(SingleQuotes(), at, at + 1)
            end = self.broken_string(at, character)
            self.tokens.append(Token(Kind.ILLEGAL if character == "'" else Kind.STRING, at, end))
            self.armed = True
            return end
        if character in "|&":
            self.report(HalfOperator(character), at + 1, at + 1)
            self.tokens.append(Token(_MARKS[character * 2], at, at + 1))
            self.armed = False
            return at + 1
        if not _UNREADABLE.match(character):
            self.report(IllegalCharacter(character), at, at + 1)
        self.tokens.append(Token(Kind.ILLEGAL, at, at + 1))
        return at + 1

    def comment(self, at: int) -> int:
        if self.armed and _TO_LINE_END.match(self.text, at):
            self.tokens.append(Token(Kind.TERMINATOR, at, at))
            self.armed = False
        match = _COMMENT.match(self.text, at)
        assert match is not None
        if match[0][1] == "*" and not match["closed"]:
            self.report(UnterminatedComment(), at, at + 2)
        self.comments.append(Comment(match[0].replace("\r", ""), Span(self.source, at, match.end())))
        return match.end()

    def broken_string(self, at: int, delimiter: str) -> int:
        """A string that is not closed or has bad escapes: report what is wrong, return where it ends."""
        text, size = self.text, len(self.text)
        if delimiter == "`":
            self.report(UnterminatedString(raw=True), at, size)
            return size
        here = at + 1
        while here < size and text[here] != "\n":
            character = text[here]
            here += 1
            if character == delimiter:
                return here
            if character == "\\":
                here = self.escape(here)
        self.report(UnterminatedString(), at, here)
        return here

    def escape(self, at: int) -> int:
        """Check the escape whose backslash stands before `at`; return where what is valid of it ends."""
        text = self.text
        kind = text[at : at + 1]
        if kind and kind in 'abfnrtv\\"':
            return at + 1
        if kind not in _ESCAPE_LENGTHS:
            if kind in {"", "\n"}:
                self.report(BadEscape("\\", "is cut off"), at, at)
            else:
                self.report(BadEscape("\\" + kind), at, at + 1)
            return at
        count, base = _ESCAPE_LENGTHS[kind]
        first = at if base == 8 else at + 1
        value = 0
        for here in range(first, first + count):
            digit = text[here : here + 1]
            number = "0123456789abcdef".find(digit.lower()) if digit else -1
            if not 0 <= number < base:
                written = text[at - 1 : here]
                self.report(
                    BadEscape(written, f"needs {count} {'octal' if base == 8 else 'hexadecimal'} digits"), at, here
                )
                return here
            value = value * base + number
        end = first + count
        if value > (255 if base == 8 else 0x10FFFF) or 0xD800 <= value < 0xE000:
            self.report(BadEscape(text[at - 1 : end], "is no valid character"), at, end)
        return end
