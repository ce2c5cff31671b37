"""Tree to text: Alloy's canonical format, comments kept.

Equal signs of neighbouring one-line attributes line up, and so do the comments behind them. Blocks are parted by a
blank line; line breaks inside arrays, objects and calls stay where they were written, and a comma follows the last
element when the closing bracket has a line of its own. Whether something spans lines is judged by what is printed, not
by what was written: so printing twice changes nothing.
"""

from __future__ import annotations

from enum import Enum, auto

from compiler.diagnostics import Diagnostics, Source, Span
from compiler.syntax.columns import Columns
from compiler.syntax.lexer import lex
from compiler.syntax.parser import parse
from compiler.syntax.token import Kind
from compiler.syntax.tree import (
    Access,
    Array,
    Attribute,
    Binary,
    Block,
    Body,
    Call,
    Comment,
    Expression,
    Field,
    File,
    Identifier,
    Index,
    Literal,
    Name,
    Object,
    Paren,
    Unary,
)

__all__ = ["format_file", "format_text"]


def format_file(file: File) -> str:
    """The file in canonical form; it must have been parsed without errors. An empty one is a single line break."""
    printer = _Printer(file)
    printer.body(file.body)
    return printer.finish()


def format_text(source: Source, diagnostics: Diagnostics) -> str | None:
    """The text in canonical form; None when it has errors, which go to `diagnostics`."""
    found = Diagnostics()
    file = parse(source, found)
    diagnostics.extend(found)
    return None if found.errors else format_file(file)


class _Space(Enum):
    """White space that waits for the next text, because a comment may come between."""

    BLANK = auto()
    COLUMN = auto()
    LINE = auto()
    BREAK = auto()  # a line break that ends the columns, too
    INDENT = auto()
    UNINDENT = auto()


_INDENTATION = {_Space.INDENT: 1, _Space.UNINDENT: -1}


class _Printer:
    def __init__(self, file: File) -> None:
        self.source = file.source
        self.columns = Columns()
        self.indent = 0
        self.waiting: list[_Space] = []
        self.comments = file.comments
        self.next_comment = 0
        self.next_comment_at = self.comments[0].span.start if self.comments else _NEVER
        self.last_line = 1  # line of the source where the text written last ends

    def finish(self) -> str:
        for comment in self.comments[self.next_comment :]:
            self.comment(comment, None)
        return self.columns.text() + "\n"

    # White space, words and comments

    def wait(self, *spaces: _Space) -> None:
        self.waiting.extend(spaces)

    def line_of(self, offset: int) -> int:
        return self.source.position(offset)[0]

    def write(self, text: str, span: Span | None = None) -> None:
        """`span` is where it stood in the source; comments that stood before it come first."""
        if span is not None and self.next_comment_at < span.start:
            self.comments_before(span)
        if self.waiting:
            self.flush()
        if "\n" in text:
            self.columns.write_lines(text, self.indent)
        else:
            self.columns.write(text, self.indent)
        if span is not None:
            self.last_line = self.source.position(span.end)[0]

    def flush(self) -> None:
        for space in self.waiting:
            match space:
                case _Space.BLANK:
                    self.columns.write(" ", self.indent)
                case _Space.COLUMN:
                    self.columns.end_cell(self.indent)
                case _Space.LINE:
                    self.columns.end_line()
                case _Space.BREAK:
                    self.columns.end_line(end_columns=True)
                case _:
                    self.indent += _INDENTATION[space]
        self.waiting.clear()

    def comments_before(self, span: Span) -> None:
        line = self.line_of(span.start)
        while self.next_comment_at < span.start:
            comment = self.comments[self.next_comment]
            self.next_comment += 1
            more = self.next_comment < len(self.comments)
            self.next_comment_at = self.comments[self.next_comment].span.start if more else _NEVER
            self.comment(comment, line)
        if comment.text[1] == "*" and line == self.last_line:
            self.columns.write(" ", self.indent)
        # The line breaks around comments are those of the source, in the place of the ones that wait.
        ends_columns = _Space.BREAK in self.waiting
        self.waiting = [space for space in self.waiting if space in _INDENTATION]
        self.flush()
        self.break_lines(line - self.last_line, end_columns=ends_columns)

    def comment(self, comment: Comment, next_line: int | None) -> None:
        """`next_line` is where the word behind the comments stands."""
        line = self.line_of(comment.span.start)
        if not self.columns.empty:
            if line != self.last_line:
                self.indent_comment()
                self.break_lines(line - self.last_line, end_columns=True)
            elif line == next_line:
                self.columns.write(" ", self.indent)
            else:
                self.columns.end_cell(self.indent)
        self.columns.write(comment.text, self.indent)
        self.last_line = self.line_of(comment.span.end)

    def indent_comment(self) -> None:
        """A comment on its own line has the indentation of the lines before it, such as the last ones of a block."""
        spaces = [index for index, space in enumerate(self.waiting) if space not in _INDENTATION]
        applied = self.waiting[: spaces[-1]] if spaces else []
        self.indent += sum(_INDENTATION.get(space, 0) for space in applied)
        self.waiting = [space for space in self.waiting[len(applied) :] if space in _INDENTATION]

    def break_lines(self, count: int, *, end_columns: bool) -> None:
        for _ in range(min(count, 2)):
            self.columns.end_line(end_columns=end_columns)

    # Statements

    def body(self, body: Body) -> None:
        end = 0
        for index, statement in enumerate(body.statements):
            if index and (isinstance(statement, Block) or self.line_of(statement.span.start) - self.line_of(end) > 1):
                self.wait(_Space.BREAK)
            match statement:
                case Attribute():
                    lines = self.attribute(statement)
                case Block():
                    lines = self.block(statement)
            self.wait(_Space.LINE if lines == 1 else _Space.BREAK)
            end = statement.span.end

    def attribute(self, attribute: Attribute) -> int:
        self.write(attribute.name.text, attribute.name.span)
        first = self.columns.lines
        self.wait(_Space.COLUMN)
        self.write("=")
        self.wait(_Space.BLANK)
        self.expression(attribute.value)
        return self.columns.lines - first + 1

    def block(self, block: Block) -> int:
        self.write(block.type, block.name[0].span)
        first = self.columns.lines
        if block.label is not None:
            self.wait(_Space.BLANK)
            self.write(f'"{block.label.text}"', block.label.span)
        self.wait(_Space.BLANK)
        self.write("{", block.open_brace)
        self.wait(_Space.INDENT, _Space.BREAK if block.body.statements else _Space.BLANK)
        self.body(block.body)
        self.wait(_Space.UNINDENT)
        self.write("}", block.close_brace)
        return self.columns.lines - first + 1

    # Expressions

    def expression(self, expression: Expression) -> None:
        match expression:
            case Literal():
                self.write(expression.raw, expression.span)
            case Identifier():
                self.write(expression.name, expression.span)
            case Array():
                self.write("[", _first(expression.span))
                self.elements(expression.elements, expression.span.start, expression.span)
                self.write("]", _last(expression.span))
            case Object():
                self.object(expression)
            case Access():
                self.expression(expression.value)
                if isinstance(expression.value, Literal) and expression.value.kind == "number":
                    self.wait(_Space.BLANK)  # `1.x` would read as the float `1.`
                self.write(".")
                self.write(expression.name.text, expression.name.span)
            case Index():
                self.expression(expression.value)
                self.write("[")
                self.expression(expression.index)
                self.write("]", _last(expression.span))
            case Call():
                self.expression(expression.value)
                self.write("(")
                self.elements(expression.arguments, expression.value.span.end, expression.span)
                self.write(")", _last(expression.span))
            case Unary():
                self.write(expression.operator, _first(expression.span))
                self.expression(expression.value)
            case Binary():
                self.expression(expression.left)
                self.wait(_Space.BLANK)
                self.write(expression.operator, expression.operator_span)
                self.wait(_Space.BLANK)
                self.expression(expression.right)
            case Paren():
                self.write("(", _first(expression.span))
                self.expression(expression.inner)
                self.write(")", _last(expression.span))

    def elements(self, elements: tuple[Expression, ...], opened: int, span: Span) -> None:
        """What stands between the brackets of an array or call; `span` ends with the closing one."""
        end = self.line_of(opened)
        for index, element in enumerate(elements):
            broken = self.line_of(element.span.start) != end
            if broken:
                # Indented before the line break, so that comments above the element are indented with it.
                self.wait(_Space.INDENT, _Space.BREAK)
            elif index:
                self.wait(_Space.BLANK)
            self.expression(element)
            end = self.line_of(element.span.end)
            if index + 1 < len(elements):
                self.write(",")
            if broken:
                self.wait(_Space.UNINDENT)
        if elements and self.line_of(span.end) != end:
            self.write(",")
            self.wait(_Space.INDENT, _Space.BREAK, _Space.UNINDENT)

    def object(self, expression: Object) -> None:
        self.write("{", _first(expression.span))
        self.wait(_Space.INDENT)
        line, value_lines = self.line_of(expression.span.start), 0
        for index, field in enumerate(expression.fields):
            if self.line_of(field.name.span.start) != line:
                self.wait(_Space.LINE if value_lines == 1 else _Space.BREAK)
            elif index:
                self.wait(_Space.BLANK)
            value_lines = self.field(field)
            line = self.line_of(field.name.span.end)
            if index + 1 < len(expression.fields):
                self.write(",")
        if expression.fields and self.line_of(expression.span.end) != line:
            self.write(",")
            self.wait(_Space.BREAK)
        self.wait(_Space.UNINDENT)
        self.write("}", _last(expression.span))

    def field(self, field: Field) -> int:
        self.write(_key(field.name), field.name.span)
        first = self.columns.lines
        self.wait(_Space.COLUMN)
        self.write("=")
        self.wait(_Space.BLANK)
        self.expression(field.value)
        return self.columns.lines - first + 1


_NEVER = 1 << 62


def _first(span: Span) -> Span:
    return Span(span.source, span.start, span.start + 1)


def _last(span: Span) -> Span:
    return Span(span.source, span.end - 1, span.end)


def _key(name: Name) -> str:
    """A quoted key stands for itself, escapes and all; one from backticks may need them again."""
    if not name.quoted:
        return name.text
    quoted = f'"{name.text}"'
    found = Diagnostics()
    tokens, _ = lex(Source("", quoted), found)
    return quoted if tokens[0].kind is Kind.STRING and tokens[0].end == len(quoted) and not found else f"`{name.text}`"
