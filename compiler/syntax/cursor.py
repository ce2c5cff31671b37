"""Stepping over tokens, reporting what was not expected, and taking up again behind it."""

from __future__ import annotations

from compiler.diagnostics import Diagnostics, Fact, Note, Source, Span
from compiler.syntax.errors import TooDeep, UnexpectedToken
from compiler.syntax.token import Kind, Token

__all__ = ["MAX_DEPTH", "Cursor", "NestingError"]

MAX_DEPTH = 100
"""Levels of blocks and brackets, and operators in a row: far above real use, far below Python's recursion limit."""

_OPENING = frozenset({Kind.LCURLY, Kind.LBRACK, Kind.LPAREN})
_CLOSING = {Kind.RCURLY: Kind.LCURLY, Kind.RBRACK: Kind.LBRACK, Kind.RPAREN: Kind.LPAREN}


class NestingError(Exception):
    """The text nests too deeply to go on; it was reported."""


class Cursor:
    """A place in the list of tokens. It reports one mistake a line: the next ones are mostly consequences."""

    def __init__(self, source: Source, tokens: list[Token], diagnostics: Diagnostics) -> None:
        self.source = source
        self.text = source.text
        self.tokens = tokens
        self.diagnostics = diagnostics
        self.at = 0
        self.kind, self.start, self.end = tokens[0]
        self.depth = 0
        self.last_error_line = 0

    def next(self) -> None:
        if self.at + 1 < len(self.tokens):
            self.at += 1
        self.kind, self.start, self.end = self.tokens[self.at]

    def on(self, kind: Kind) -> bool:
        return self.kind is kind

    @property
    def here(self) -> Span:
        return Span(self.source, self.start, self.end)

    @property
    def lexeme(self) -> str:
        return self.text[self.start : self.end]

    @property
    def previous_end(self) -> int:
        return self.tokens[self.at - 1].end

    def report(self, fact: Fact, span: Span, *notes: Note) -> None:
        line = span.position[0]
        if line != self.last_error_line:
            self.last_error_line = line
            self.diagnostics.report(fact, span, *notes)

    def unexpected(self, expected: str, *notes: Note) -> None:
        self.report(UnexpectedToken(expected, self.shown()), self.here, *notes)

    def shown(self) -> str:
        """How a message names the token."""
        if self.kind in {Kind.EOF, Kind.TERMINATOR}:
            return str(self.kind.value)
        lexeme = self.lexeme
        return f"`{lexeme if len(lexeme) <= 40 and lexeme.isprintable() else _shortened(lexeme)}`"

    def expect(self, kind: Kind, opened: int | None = None) -> bool:
        """Step over the token; report when it is not of this kind. `opened` is where the bracket was opened."""
        met = self.on(kind)
        if not met:
            notes = [] if opened is None else [Note("opened here", Span(self.source, opened, opened + 1))]
            self.unexpected(kind.value if kind is Kind.IDENT else f"`{kind.value}`", *notes)
        self.next()
        return met

    def enter(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.too_deep()

    def too_deep(self) -> None:
        self.diagnostics.report(TooDeep(MAX_DEPTH), self.here)
        raise NestingError

    # Taking up again after a mistake

    def skip_to(self, kind: Kind) -> None:
        while not self.on(Kind.EOF) and not self.on(kind):
            self.next()

    def skip_statement(self) -> None:
        """Go to the end of the statement, over what its brackets hold; closing ones of outer levels do not stop it."""
        open_brackets = dict.fromkeys(_OPENING, 0)
        while not self.on(Kind.EOF):
            if self.kind in _OPENING:
                open_brackets[self.kind] += 1
            elif self.kind in _CLOSING:
                open_brackets[_CLOSING[self.kind]] -= 1
            elif self.on(Kind.TERMINATOR) and all(count <= 0 for count in open_brackets.values()):
                return
            self.next()

    def skip_terminator(self) -> None:
        if self.on(Kind.TERMINATOR):
            self.next()


def _shortened(lexeme: str) -> str:
    return "".join(c if c.isprintable() else "\ufffd" for c in lexeme[:20].partition("\n")[0]) + "…"
