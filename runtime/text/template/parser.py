"""Tokens to a template's tree."""

from __future__ import annotations

from collections.abc import Callable

from runtime.text.template.lexer import TemplateSyntaxError, Token, lex
from runtime.text.template.nodes import (
    Action,
    Break,
    Call,
    Chain,
    Command,
    Constant,
    Continue,
    Dot,
    Field,
    If,
    Node,
    Operand,
    Pipeline,
    Range,
    Text,
    Variable,
    With,
)
from runtime.text.unquote import unquote

__all__ = ["parse"]

_LATER = ("define", "template", "block")


def parse(text: str, known: Callable[[str], bool]) -> tuple[Node, ...]:
    """`known` tells which functions exist. Raises `TemplateSyntaxError`."""
    return _Parser(lex(text), known).template()


class _Parser:
    def __init__(self, tokens: list[Token], known: Callable[[str], bool]) -> None:
        self._tokens = tokens
        self._known = known
        self._at = 0
        self._loops = 0
        self._variables = ["$"]

    def template(self) -> tuple[Node, ...]:
        body, stop = self._body()
        if stop != "":
            raise self._fault(f"unexpected `{{{{ {stop} }}}}`")
        return body

    def _body(self) -> tuple[tuple[Node, ...], str]:
        """Nodes up to `end`, `else` or the end of the text, and which of them it was; inside the stopping action."""
        nodes: list[Node] = []
        while True:
            token = self._tokens[self._at]
            if token.kind == "end":
                return tuple(nodes), ""
            self._at += 1
            if token.kind == "text":
                nodes.append(Text(token.value))
                continue
            self._blank()
            word = self._peek().value if self._peek().kind == "name" else ""
            if word in ("end", "else"):
                self._at += 1
                return tuple(nodes), word
            nodes.append(self._statement(word))

    def _statement(self, word: str) -> Node:
        if word in _LATER:
            raise self._fault(f"`{word}` is not supported in the templates of stages")
        if word in ("if", "with", "range"):
            self._at += 1
            return self._control(word)
        if word in ("break", "continue"):
            if not self._loops:
                raise self._fault(f"`{word}` stands outside of `range`")
            self._at += 1
            self._close()
            return Break() if word == "break" else Continue()
        pipeline = self._pipeline("close")
        self._at += 1
        return Action(pipeline)

    def _control(self, word: str) -> Node:
        scope = len(self._variables)
        pipeline = self._pipeline("close", loop=word == "range")
        self._at += 1
        self._loops += word == "range"
        body, stop = self._body()
        self._loops -= word == "range"
        otherwise: tuple[Node, ...] = ()
        if stop == "else":
            self._blank()
            following = self._peek()
            if following.kind == "name" and following.value == word and word != "range":
                self._at += 1
                otherwise = (self._control(word),)
            else:
                self._close()
                otherwise, stop = self._body()
                if stop == "else":
                    raise self._fault("`else` stands twice")
                self._finish(stop, word)
        else:
            self._finish(stop, word)
        del self._variables[scope:]
        match word:
            case "if":
                return If(pipeline, body, otherwise)
            case "with":
                return With(pipeline, body, otherwise)
            case _:
                return Range(pipeline, body, otherwise)

    def _finish(self, stop: str, word: str) -> None:
        if stop != "end":
            raise self._fault(f"`{word}` is not closed, write `{{{{ end }}}}`")
        self._close()

    def _pipeline(self, closing: str, *, loop: bool = False) -> Pipeline:
        """Up to, not including, the closing token."""
        declares, declare = self._declarations(loop)
        commands = [self._command(closing)]
        while self._peek().kind == "pipe":
            self._at += 1
            commands.append(self._command(closing))
            if not isinstance(commands[-1].operands[0], Call | Field | Variable | Chain):
                raise self._fault("a value cannot stand behind `|`, only a function")
        if declare:
            self._variables.extend(declares)
        return Pipeline(tuple(commands), declares, declare)

    def _declarations(self, loop: bool) -> tuple[tuple[str, ...], bool]:
        """`$x :=`, `$x =`, `$i, $x :=` at the head of a pipeline; puts back what is none."""
        start = self._at
        self._blank()
        names: list[str] = []
        while self._peek().kind == "variable":
            names.append(self._next().value)
            self._blank()
            if loop and len(names) == 1 and self._peek().kind == "comma":
                self._at += 1
                self._blank()
                continue
            break
        sign = self._peek()
        if names and sign.kind in ("declare", "assign"):
            self._at += 1
            if sign.kind == "assign" and names[0] not in self._variables:
                raise self._fault(f"variable `{names[0]}` is not declared")
            return tuple(names), sign.kind == "declare"
        self._at = start
        return (), True

    def _command(self, closing: str) -> Command:
        operands: list[Operand] = []
        self._blank()
        while self._peek().kind not in ("pipe", closing):
            operands.append(self._operand())
            if self._peek().kind not in ("space", "pipe", closing):
                raise self._fault(f"a blank is missing before `{self._peek().value}`")
            self._blank()
        if not operands:
            raise self._fault("a value is missing")
        return Command(tuple(operands))

    def _operand(self) -> Operand:
        token = self._next()
        operand: Operand
        match token.kind:
            case "name":
                if not self._known(token.value):
                    raise self._fault(f"function `{token.value}` is not defined")
                operand = Call(token.value)
            case "dot":
                operand = Dot()
            case "field":
                return Field((token.value[1:], *self._keys()))
            case "variable":
                if token.value not in self._variables:
                    raise self._fault(f"variable `{token.value}` is not declared")
                return Variable(token.value, self._keys())
            case "string":
                operand = Constant(self._unquoted(token))
            case "char":
                operand = Constant(ord(self._unquoted(Token("string", f'"{token.value[1:-1]}"', token.line))))
            case "number":
                operand = Constant(_number(token.value))
            case "bool":
                operand = Constant(token.value == "true")
            case "nil":
                operand = Constant(None)
            case "left":
                operand = self._pipeline("right")
                self._at += 1
            case "close" | "end":
                raise self._fault("an action ends too early")
            case _:
                raise self._fault(f"unexpected `{token.value}`")
        keys = self._keys()
        return Chain(operand, keys) if keys else operand

    def _keys(self) -> tuple[str, ...]:
        keys: list[str] = []
        while self._peek().kind == "field":
            keys.append(self._next().value[1:])
        return tuple(keys)

    def _unquoted(self, token: Token) -> str:
        try:
            return unquote(token.value)
        except ValueError as error:
            raise TemplateSyntaxError(str(error), token.line) from None

    def _peek(self) -> Token:
        return self._tokens[self._at]

    def _next(self) -> Token:
        token = self._tokens[self._at]
        if token.kind == "end":
            raise self._fault("an action is not closed")
        self._at += 1
        return token

    def _blank(self) -> None:
        while self._peek().kind == "space":
            self._at += 1

    def _close(self) -> None:
        self._blank()
        if self._next().kind != "close":
            self._at -= 1
            raise self._fault(f"unexpected `{self._peek().value}`")

    def _fault(self, message: str) -> TemplateSyntaxError:
        return TemplateSyntaxError(message, self._tokens[min(self._at, len(self._tokens) - 1)].line)


def _number(text: str) -> int | float:
    digits = text.replace("_", "")
    try:
        return int(digits, 0)
    except ValueError:
        return int(digits, 8) if digits.lstrip("+-").isdigit() else float(digits)
