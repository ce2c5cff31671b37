"""Expressions to values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from compiler.diagnostics import Span
from compiler.evaluate import numbers, operators
from compiler.evaluate.errors import (
    ConversionError,
    EvaluationError,
    FunctionFailed,
    IndexOutOfRange,
    MissingField,
    NoFields,
    NotIndexable,
    NumberOutOfRange,
    TypeMismatch,
    UnknownName,
    WrongArgumentCount,
)
from compiler.evaluate.scope import Scope
from compiler.evaluate.values import Function, Parameter, as_object, as_secret, as_text, type_name
from compiler.syntax.tree import (
    Access,
    Array,
    Binary,
    Call,
    Expression,
    Identifier,
    Index,
    Literal,
    Object,
    Paren,
    Unary,
)

__all__ = ["check_count", "evaluate", "locate", "paired"]

T = TypeVar("T")


def evaluate(expression: Expression, scope: Scope) -> Any:
    """The value as Python objects (see `types`). Raises `EvaluationError`."""
    match expression:
        case Literal():
            if isinstance(expression.value, float) and math.isinf(expression.value):
                raise EvaluationError(NumberOutOfRange(expression.raw, "float64"), expression.span)
            return expression.value
        case Identifier():
            try:
                return scope.lookup(expression.name)
            except KeyError:
                raise EvaluationError(UnknownName(expression.name, tuple(scope.names())), expression.span) from None
        case Array():
            return [evaluate(element, scope) for element in expression.elements]
        case Object():
            return {field.name.text: evaluate(field.value, scope) for field in expression.fields}
        case Paren():
            return evaluate(expression.inner, scope)
        case Access():
            return _access(expression, evaluate(expression.value, scope))
        case Index():
            return _index(expression, evaluate(expression.value, scope), evaluate(expression.index, scope))
        case Call():
            return _call(expression, evaluate(expression.value, scope), scope)
        case Unary():
            value = evaluate(expression.value, scope)
            try:
                return operators.unary(expression.operator, value)
            except ConversionError as error:
                raise EvaluationError(error.fact, expression.value.span) from None
        case Binary():
            left, right = evaluate(expression.left, scope), evaluate(expression.right, scope)
            try:
                return operators.binary(expression.operator, left, right)
            except ConversionError as error:
                # The path names the side: 0 left, 1 right.
                side = expression.right if error.path == (1,) else expression.left
                raise EvaluationError(error.fact, side.span) from None


def locate(expression: Expression, path: tuple[int | str, ...]) -> Span:
    """Where the part of a value stands, as far as it is written out: an element of a list, a field of an object."""
    for step in path:
        while isinstance(expression, Paren):
            expression = expression.inner
        match expression:
            case Array(elements=elements) if isinstance(step, int) and step < len(elements):
                expression = elements[step]
            case Object(fields=fields):
                named = [field.value for field in fields if field.name.text == step]
                if not named:
                    break
                expression = named[-1]
            case _:
                break
    return expression.span


def _access(expression: Access, value: Any) -> Any:
    name = expression.name.text
    fields = as_object(value)
    if fields is None:
        raise EvaluationError(NoFields(name, type_name(value)), expression.value.span)
    if name not in fields:
        raise EvaluationError(MissingField(name, tuple(fields)), expression.name.span)
    return fields[name]


def _index(expression: Index, value: Any, index: Any) -> Any:
    match value:
        case list() | tuple() | bytes():
            if type_name(index) != "number":
                raise EvaluationError(TypeMismatch("number", type_name(index)), expression.index.span)
            position = _position(index)
            if not 0 <= position < len(value):
                raise EvaluationError(IndexOutOfRange(position, len(value)), expression.index.span)
            return value[position]
        case Mapping():
            if not isinstance(index, str):
                raise EvaluationError(TypeMismatch("string", type_name(index)), expression.index.span)
            return value.get(index)
        case _:
            raise EvaluationError(NotIndexable(type_name(value)), expression.value.span)


def _position(index: numbers.Number) -> int:
    """A fraction is cut off."""
    if isinstance(index, float):
        return int(index) if math.isfinite(index) else -1
    return numbers.signed(index)


def _call(expression: Call, function: Any, scope: Scope) -> Any:
    if not isinstance(function, Function):
        raise EvaluationError(TypeMismatch("function", type_name(function)), expression.value.span)
    arguments = [evaluate(argument, scope) for argument in expression.arguments]
    check_count(function, len(arguments), expression.value.span)
    try:
        converted = [
            _argument(parameter, value, at) for at, (parameter, value) in enumerate(paired(function, arguments))
        ]
        return function.call(*converted)
    except ConversionError as error:
        at, path = error.path[0], error.path[1:]
        assert isinstance(at, int)
        raise EvaluationError(error.fact, locate(expression.arguments[at], path)) from None
    except ValueError as error:
        raise EvaluationError(FunctionFailed(function.name, str(error)), expression.value.span) from None


def check_count(function: Function, got: int, span: Span) -> None:
    """Raises `EvaluationError` when `function` does not take `got` arguments."""
    most = len(function.parameters)
    least = most - function.optional
    if got >= least and (got <= most or function.rest is not None):
        return
    plural = "s" if most != 1 else ""
    if function.rest is not None:
        expected = f"at least {least} argument{plural}"
    elif least == most:
        expected = f"{most} argument{plural}"
    else:
        expected = f"{least} or {most} arguments"
    raise EvaluationError(WrongArgumentCount(function.name, expected, got, function.signature), span)


def paired(function: Function, arguments: Sequence[T]) -> list[tuple[Parameter, T]]:
    """Each argument with the parameter that it is for."""
    fixed = list(zip(function.parameters, arguments, strict=False))
    if function.rest is None:
        return fixed
    return fixed + [(function.rest, value) for value in arguments[len(function.parameters) :]]


def _argument(parameter: Parameter, value: Any, at: int) -> Any:
    try:
        return _convert(parameter.type, value)
    except ConversionError as error:
        raise error.under(at) from None


def _convert(wanted: str, value: Any) -> Any:
    match wanted:
        case "string":
            return as_text(value)
        case "secret":
            return as_secret(value)
        case "array" if type_name(value) != "array":
            raise ConversionError(TypeMismatch("array", type_name(value)))
        case "bool" if not isinstance(value, bool):
            raise ConversionError(TypeMismatch("bool", type_name(value)))
        case "list(string)":
            return _texts(value)
        case _:
            return value


def _texts(value: Any) -> list[str]:
    if value is None:
        return []
    if type_name(value) != "array":
        raise ConversionError(TypeMismatch("array", type_name(value)))
    texts: list[str] = []
    for index, element in enumerate(value):
        try:
            texts.append(as_text(element))
        except ConversionError as error:
            raise error.under(index) from None
    return texts
