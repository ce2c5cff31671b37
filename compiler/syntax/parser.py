"""Tokens to tree, by recursive descent; goes on after a mistake, so that all are reported.

    File        = Body
    Body        = [ Statement { TERMINATOR Statement } ]
    Statement   = Attribute | Block
    Attribute   = ident "=" Expression
    Block       = ident { "." ident } [ string ] "{" Body "}"

    Expression  = Or
    Or          = And { "||" And }
    And         = Comparison { "&&" Comparison }
    Comparison  = Sum { ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) Sum }
    Sum         = Product { ( "+" | "-" ) Product }
    Product     = Power { ( "*" | "/" | "%" ) Power }
    Power       = Unary [ "^" Power ]
    Unary       = ( "!" | "-" ) Unary | Operand
    Operand     = Primary { "." ident | "[" Expression "]" | "(" [ Expressions ] ")" }
    Primary     = ident | string | number | float | bool | null
                | "(" Expression ")" | "[" [ Expressions ] "]" | "{" [ Fields ] "}"
    Expressions = Expression { "," Expression } [ "," ]
    Fields      = Field { "," Field } [ "," ]
    Field       = ( ident | string ) "=" Expression

Where it takes up again after a mistake, and that it reports one mistake a line, follows Alloy's parser: the positions
of its diagnostics are known to users and their tools.
"""

from __future__ import annotations

from compiler.diagnostics import Diagnostics, Source, Span
from compiler.syntax.cursor import MAX_DEPTH, Cursor, NestingError
from compiler.syntax.errors import (
    AttributeLabelled,
    BlockAsExpression,
    DottedAttribute,
    InvalidLabel,
    MissingComma,
    RawLabel,
)
from compiler.syntax.lexer import lex
from compiler.syntax.token import Kind, is_identifier, unquote
from compiler.syntax.tree import (
    Access,
    Array,
    Attribute,
    Binary,
    Block,
    Body,
    Call,
    Expression,
    Field,
    File,
    Identifier,
    Index,
    Literal,
    Name,
    Object,
    Paren,
    Statement,
    Unary,
)

__all__ = ["parse", "parse_expression"]

_PRECEDENCE = {
    Kind.OR: 1, Kind.AND: 2,
    Kind.EQ: 3, Kind.NEQ: 3, Kind.LT: 3, Kind.LTE: 3, Kind.GT: 3, Kind.GTE: 3,
    Kind.ADD: 4, Kind.SUB: 4, Kind.MUL: 5, Kind.DIV: 5, Kind.MOD: 5,
}  # fmt: skip
_LITERALS = {
    Kind.STRING: "string", Kind.NUMBER: "number", Kind.FLOAT: "float", Kind.BOOL: "bool", Kind.NULL: "null",
}  # fmt: skip
_EXPRESSION_ENDS = frozenset({Kind.TERMINATOR, Kind.RPAREN, Kind.RCURLY, Kind.RBRACK, Kind.COMMA})


def parse(source: Source, diagnostics: Diagnostics) -> File:
    """The whole text as a tree. Mistakes go to `diagnostics` in the order of the text; the tree then holds what
    could be read, and is good for messages only."""
    found = Diagnostics()
    tokens, comments = lex(source, found)
    parser = _Parser(source, tokens, found)
    try:
        body = parser.body(Kind.EOF)
    except NestingError:
        body = Body(())
    diagnostics.extend(found.sorted())
    return File(source, body, tuple(comments))


def parse_expression(source: Source, diagnostics: Diagnostics) -> Expression | None:
    """The whole text as one expression; None when there are mistakes."""
    found = Diagnostics()
    tokens, _ = lex(source, found)
    parser = _Parser(source, tokens, found)
    try:
        expression: Expression | None = parser.expression()
        parser.skip_terminator()
        if not parser.on(Kind.EOF):
            parser.unexpected("the end of the expression")
    except NestingError:
        expression = None
    diagnostics.extend(found.sorted())
    return None if found.errors else expression


class _Parser(Cursor):
    # Statements

    def body(self, until: Kind) -> Body:
        statements: list[Statement] = []
        while not self.on(until) and not self.on(Kind.EOF):
            statement = self.statement()
            if statement is not None:
                statements.append(statement)
            if self.on(until):
                break
            if not self.on(Kind.TERMINATOR):
                self.unexpected("the end of the statement")
                self.skip_statement()
            self.next()
        return Body(tuple(statements))

    def statement(self) -> Statement | None:
        start = self.start
        if not self.on(Kind.IDENT):
            self.unexpected("a name")
            self.skip_to(Kind.IDENT)
            return None
        name = self.block_name()
        label, labelled = self.block_label()
        if self.on(Kind.ASSIGN):
            self.next()
            if len(name) > 1:
                dotted = ".".join(part.text for part in name)
                self.diagnostics.report(DottedAttribute(dotted), Span(self.source, start, name[-1].span.end))
            elif labelled is not None:
                self.diagnostics.report(AttributeLabelled(name[0].text), labelled)
            value = self.expression()
            return Attribute(name[0], value, Span(self.source, start, value.span.end))
        if self.on(Kind.LCURLY):
            self.enter()
            brace = self.here
            self.next()
            body = self.body(Kind.RCURLY)
            close = self.here
            self.expect(Kind.RCURLY, brace.start)
            self.depth -= 1
            return Block(name, label, body, Span(self.source, start, close.end), brace, close)
        self.unexpected("`=` or `{`" if len(name) == 1 and label is None else "`{`")
        self.skip_to(Kind.IDENT)
        return None

    def block_name(self) -> tuple[Name, ...]:
        parts = [Name(self.lexeme, self.here)]
        self.next()
        while self.on(Kind.DOT):
            self.next()
            if not self.on(Kind.IDENT):
                self.unexpected("a name")
            parts.append(Name(self.lexeme, self.here))
            self.next()
        return tuple(parts)

    def block_label(self) -> tuple[Name | None, Span | None]:
        """The label, None for `""`; and where one was written."""
        if self.on(Kind.ASSIGN) or self.on(Kind.LCURLY):
            return None, None
        label, span = None, None
        if self.on(Kind.STRING):
            span, lexeme = self.here, self.lexeme
            if lexeme[0] != '"':
                self.report(RawLabel(lexeme), span)
            if len(lexeme) > 2:
                label = Name(lexeme[1:-1], span, quoted=True)
                if not is_identifier(label.text):
                    self.report(InvalidLabel(label.text), span)
        else:
            self.unexpected("a block label")
        self.next()
        return label, span

    # Expressions

    def expression(self, lowest: int = 1) -> Expression:
        left = self.power()
        length = 0
        while (precedence := _PRECEDENCE.get(self.kind, 0)) >= lowest:
            length += 1
            if length > MAX_DEPTH:
                self.too_deep()
            operator, operator_span = self.kind.value, self.here
            self.next()
            right = self.expression(precedence + 1)
            left = Binary(operator, left, right, Span(self.source, left.span.start, right.span.end), operator_span)
        return left

    def power(self) -> Expression:
        left = self.unary()
        if not self.on(Kind.POW):
            return left
        self.enter()
        operator_span = self.here
        self.next()
        right = self.power()
        self.depth -= 1
        return Binary("^", left, right, Span(self.source, left.span.start, right.span.end), operator_span)

    def unary(self) -> Expression:
        if self.on(Kind.NOT) or self.on(Kind.SUB):
            self.enter()
            operator, start = self.kind.value, self.start
            self.next()
            value = self.unary()
            self.depth -= 1
            return Unary(operator, value, Span(self.source, start, value.span.end))
        value = self.primary()
        length = 0
        while True:
            length += 1
            if length > MAX_DEPTH:
                self.too_deep()
            start = value.span.start
            if self.on(Kind.DOT):
                self.next()
                name = Name(self.lexeme, self.here)
                self.expect(Kind.IDENT)
                value = Access(value, name, Span(self.source, start, name.span.end))
            elif self.on(Kind.LBRACK):
                opened = self.start
                self.enter()
                self.next()
                index = self.expression()
                self.expect(Kind.RBRACK, opened)
                self.depth -= 1
                value = Index(value, index, Span(self.source, start, self.previous_end))
            elif self.on(Kind.LPAREN):
                arguments = self.bracketed(Kind.RPAREN)
                value = Call(value, arguments, Span(self.source, start, self.previous_end))
            elif self.on(Kind.STRING) or self.on(Kind.LCURLY):
                if not self.block_as_value(start):
                    return value
            else:
                return value

    def block_as_value(self, start: int) -> bool:
        """`x = loki.write "y" { ... }`: read the block, so that one clear message comes of it."""
        if self.on(Kind.STRING):
            self.next()
        brace = self.start
        if not self.expect(Kind.LCURLY):
            self.skip_statement()
            return False
        self.body(Kind.RCURLY)
        end = self.end
        if not self.expect(Kind.RCURLY, brace):
            self.skip_statement()
            return False
        self.diagnostics.report(BlockAsExpression(), Span(self.source, start, end))
        return True

    def primary(self) -> Expression:
        start, span = self.start, self.here
        if (literal := _LITERALS.get(self.kind)) is not None:
            expression: Expression = _literal(literal, self.lexeme, span)
            self.next()
            return expression
        match self.kind:
            case Kind.IDENT:
                expression = Identifier(self.lexeme, span)
                self.next()
            case Kind.LPAREN:
                self.enter()
                self.next()
                inner = self.expression()
                self.expect(Kind.RPAREN, start)
                self.depth -= 1
                expression = Paren(inner, Span(self.source, start, self.previous_end))
            case Kind.LBRACK:
                elements = self.bracketed(Kind.RBRACK)
                expression = Array(elements, Span(self.source, start, self.previous_end))
            case Kind.LCURLY:
                fields = self.fields()
                expression = Object(fields, Span(self.source, start, self.previous_end))
            case _:
                self.unexpected("a value")
                while not self.on(Kind.EOF) and self.kind not in _EXPRESSION_ENDS:
                    self.next()
                expression = Literal("null", "null", None, Span(self.source, start, start))
        return expression

    def bracketed(self, close: Kind) -> tuple[Expression, ...]:
        """The elements of an array or the arguments of a call, with both brackets."""
        opened = self.start
        self.enter()
        self.next()
        expressions: list[Expression] = []
        while not self.on(close) and not self.on(Kind.EOF):
            expressions.append(self.expression())
            if self.on(close):
                break
            if not self.on(Kind.COMMA):
                self.report(
                    MissingComma("the array" if close is Kind.RBRACK else "the arguments", self.shown()), self.here
                )
            self.next()
        self.expect(close, opened)
        self.depth -= 1
        return tuple(expressions)

    def fields(self) -> tuple[Field, ...]:
        opened = self.start
        self.enter()
        self.next()
        fields: list[Field] = []
        while not self.on(Kind.RCURLY) and not self.on(Kind.EOF):
            fields.append(self.field())
            if self.on(Kind.RCURLY):
                break
            if not self.on(Kind.COMMA):
                self.report(MissingComma("the object", self.shown()), self.here)
            self.next()
        self.expect(Kind.RCURLY, opened)
        self.depth -= 1
        return tuple(fields)

    def field(self) -> Field:
        """A key in quotes is taken as it stands between them, escapes and all, as Alloy does."""
        name = Name("", self.here)
        if self.on(Kind.STRING):
            name = Name(self.lexeme[1:-1].replace("\r", ""), self.here, quoted=True)
            self.next()
        elif self.on(Kind.IDENT):
            name = Name(self.lexeme, self.here)
            self.next()
        else:
            self.unexpected("a field name (a name or a string)")
            self.skip_to(Kind.ASSIGN)
        self.expect(Kind.ASSIGN)
        return Field(name, self.expression())


def _literal(kind: str, raw: str, span: Span) -> Literal:
    match kind:
        case "null":
            return Literal(kind, raw, None, span)
        case "bool":
            return Literal(kind, raw, raw == "true", span)
        case "string":
            # Carriage returns in a raw string are no part of it; unfinished strings lack their last quote.
            raw = raw.replace("\r", "") if raw[0] == "`" else raw
            return Literal(kind, raw, unquote(raw), span)
        case "number":
            return Literal(kind, raw, _number(raw), span)
        case _:
            digits = raw.rstrip("eE+-")
            return Literal(kind, raw, float(digits), span)


def _number(raw: str) -> int | float:
    """A leading 0 means octal where that is possible; what exceeds uint64 is a float."""
    octal = len(raw) > 1 and raw[0] == "0" and not set(raw) & {"8", "9"}
    if len(raw) > 400:  # a float without end, and slow to convert
        return float(raw)
    value: int | float = int(raw, 8) if octal else int(raw)
    return value if value < 1 << 64 and (octal or raw[0] != "0" or len(raw) == 1) else float(raw)
