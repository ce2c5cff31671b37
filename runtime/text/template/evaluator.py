"""Renders a template for given data, as Go's text/template does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runtime.component import ComponentError
from runtime.text.template.errors import TemplateError
from runtime.text.template.functions import FUNCTIONS, Invalid
from runtime.text.template.lexer import TemplateSyntaxError
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
    walk,
)
from runtime.text.template.parser import parse
from runtime.text.template.values import is_true, printed

__all__ = ["Template", "TemplateError"]


class _Break(Exception):  # noqa: N818
    pass


class _Continue(Exception):  # noqa: N818
    pass


class Template:
    """`fields` are the keys of the data that the template looks at, None when it may look at any of them."""

    def __init__(self, text: str, attribute: str) -> None:
        """Raises `ComponentError` naming `attribute`."""
        try:
            self._nodes = parse(text, FUNCTIONS.__contains__)
        except TemplateSyntaxError as error:
            raise ComponentError(f"the template is not valid: {error}", attribute) from None
        self.fields = _fields(self._nodes)
        self.constant: str | None = None
        if all(isinstance(node, Text) for node in self._nodes):
            self.constant = "".join(node.text for node in self._nodes if isinstance(node, Text))

    def render(self, data: Mapping[str, Any]) -> str:
        """Raises `TemplateError` for what fails when it runs."""
        run = _Run(data)
        try:
            run.nodes(self._nodes, data)
        except RecursionError:
            raise TemplateError("the template nests too deeply") from None
        return "".join(run.out)


def _fields(nodes: tuple[Node, ...]) -> frozenset[str] | None:
    found: set[str] = set()
    for node in walk(nodes):
        match node:
            case Dot():
                return None
            case Variable(name="$", keys=()):
                return None
            case Field(keys=keys):
                found.add(keys[0])
            case Variable(keys=keys) if keys:
                found.add(keys[0])
    return frozenset(found)


class _Run:
    def __init__(self, data: Mapping[str, Any]) -> None:
        self.out: list[str] = []
        self._variables: list[tuple[str, Any]] = [("$", data)]

    def nodes(self, nodes: tuple[Node, ...], dot: Any) -> None:
        for node in nodes:
            match node:
                case Text(text):
                    self.out.append(text)
                case Action(pipeline):
                    value = self._pipeline(pipeline, dot)
                    if not pipeline.declares:
                        self.out.append(printed(value))
                case If(pipeline, body, otherwise):
                    self._branch(pipeline, body, otherwise, dot, rebind=False)
                case With(pipeline, body, otherwise):
                    self._branch(pipeline, body, otherwise, dot, rebind=True)
                case Range():
                    self._range(node, dot)
                case Break():
                    raise _Break
                case Continue():
                    raise _Continue

    def _branch(
        self, pipeline: Pipeline, body: tuple[Node, ...], otherwise: tuple[Node, ...], dot: Any, *, rebind: bool
    ) -> None:
        scope = len(self._variables)
        value = self._pipeline(pipeline, dot)
        if is_true(value):
            self.nodes(body, value if rebind else dot)
        else:
            self.nodes(otherwise, dot)
        del self._variables[scope:]

    def _range(self, node: Range, dot: Any) -> None:
        scope = len(self._variables)
        names = node.pipeline.declares
        value = self._pipeline(node.pipeline, dot, store=False)
        pairs = _pairs(value)
        for key, item in pairs:
            here = len(self._variables)
            if len(names) == 1:
                self._store(names[0], item, node.pipeline.declare)
            elif names:
                self._store(names[0], key, node.pipeline.declare)
                self._store(names[1], item, node.pipeline.declare)
            try:
                self.nodes(node.body, item)
            except _Break:
                break
            except _Continue:
                continue
            finally:
                del self._variables[here:]
        if not pairs:
            self.nodes(node.otherwise, dot)
        del self._variables[scope:]

    def _pipeline(self, pipeline: Pipeline, dot: Any, *, store: bool = True) -> Any:
        value: Any = _NOTHING
        for command in pipeline.commands:
            value = self._command(command, dot, value)
        if store:
            for name in pipeline.declares:
                self._store(name, value, pipeline.declare)
        return value

    def _store(self, name: str, value: Any, declare: bool) -> None:
        if declare:
            self._variables.append((name, value))
            return
        for at in range(len(self._variables) - 1, -1, -1):
            if self._variables[at][0] == name:
                self._variables[at] = (name, value)
                return

    def _command(self, command: Command, dot: Any, final: Any) -> Any:
        first, *rest = command.operands
        if isinstance(first, Call):
            if first.name in _LAZY and rest:
                return self._lazily(first.name, rest, dot, final)
            arguments = [self._operand(operand, dot) for operand in rest]
            if final is not _NOTHING:
                arguments.append(final)
            return _called(first.name, arguments)
        if rest or final is not _NOTHING:
            raise TemplateError("only a function can be given arguments")
        return self._operand(first, dot)

    def _lazily(self, name: str, operands: list[Operand], dot: Any, final: Any) -> Any:
        """`and`, `or`: what stands behind the value that decides is not worked out."""
        value: Any = None
        for operand in operands:
            value = self._operand(operand, dot)
            if is_true(value) == (name == "or"):
                return value
        return value if final is _NOTHING else final

    def _operand(self, operand: Operand, dot: Any) -> Any:
        match operand:
            case Dot():
                return dot
            case Constant(value):
                return value
            case Field(keys):
                return _below(dot, keys)
            case Variable(name, keys):
                for known, value in reversed(self._variables):
                    if known == name:
                        return _below(value, keys)
                raise TemplateError(f"variable `{name}` is not set")
            case Chain(inner, keys):
                return _below(self._operand(inner, dot), keys)
            case Call(name):
                return _called(name, [])
            case Pipeline():
                return self._pipeline(operand, dot)


class _Nothing:
    pass


_NOTHING: Any = _Nothing()
_LAZY = ("and", "or")


def _called(name: str, arguments: list[Any]) -> Any:
    try:
        return FUNCTIONS[name].call(arguments)
    except Invalid as error:
        raise TemplateError(f"error calling {name}: {error}") from None


def _below(value: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        if value is None:
            raise TemplateError(f"nil has no field `{key}`")
        if not isinstance(value, Mapping):
            raise TemplateError(f"cannot take field `{key}` of a {type(value).__name__}")
        value = value.get(key)
    return value


def _pairs(value: Any) -> list[tuple[Any, Any]]:
    match value:
        case None:
            return []
        case bool() | str() | float():
            raise TemplateError(f"cannot range over {printed(value)}")
        case int():
            return [(i, i) for i in range(value)]
        case Mapping():
            return sorted(value.items())
        case _:
            return list(enumerate(value))
