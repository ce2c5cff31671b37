"""The value of an attribute: what is constant is evaluated and converted as the runtime would do it, what refers to another
component is checked by the type of the export."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from compiler.catalog import AttributeSchema
from compiler.check import errors
from compiler.diagnostics import Diagnostics
from compiler.evaluate import EvaluationError, Scope, evaluate
from compiler.evaluate.decode import convert
from compiler.evaluate.errors import ConversionError, TypeMismatch, WrongCapsule
from compiler.evaluate.evaluator import locate
from compiler.graph.model import Graph
from compiler.graph.references import traversals, words
from compiler.syntax.tree import Array, Binary, Call, Expression, Object, Paren, Unary

__all__ = ["check_value"]

_EMPTY = Scope()
_ENVIRONMENT = frozenset({"sys.env", "env", "constants.hostname"})
"""What differs from one machine to the next: not looked at before the graph runs."""


def check_value(expression: Expression, schema: AttributeSchema, graph: Graph, diagnostics: Diagnostics) -> None:
    """Report what can be known to be wrong without running anything."""
    if _constant(expression):
        _check_constant(expression, schema, diagnostics)
        return
    inner = schema.type[schema.type.find("(") + 1 : -1]
    match expression:
        case Paren(inner=value):
            check_value(value, schema, graph, diagnostics)
        case Array(elements=elements) if schema.type.startswith("list("):
            for element in elements:
                check_value(element, replace(schema, type=inner), graph, diagnostics)
        case Object(fields=fields) if schema.type.startswith("map(") or schema.type == "target":
            one = replace(schema, type=inner if schema.type != "target" else "any")
            for field in fields:
                check_value(field.value, one, graph, diagnostics)
        case Array() if schema.type not in ("any", "object"):
            diagnostics.report(TypeMismatch(_kind(schema.type), "array"), expression.span)
        case Object() if schema.type.startswith(("list(", "capsule(")) or schema.type in _SCALARS:
            diagnostics.report(TypeMismatch(_kind(schema.type), "object"), expression.span)
        case Unary(value=value):
            _check_parts(value, diagnostics)
        case Binary(left=left, right=right):
            _check_parts(left, diagnostics)
            _check_parts(right, diagnostics)
        case Call(arguments=arguments):
            for argument in arguments:
                _check_parts(argument, diagnostics)
        case _:
            _check_reference(expression, schema, graph, diagnostics)


_SCALARS = frozenset({"string", "bool", "number", "duration", "bytesize", "secret", "secret_or_string"})


def _constant(expression: Expression) -> bool:
    """Only literals, operators and functions whose result is the same everywhere."""
    found = {".".join(traversal.names) for traversal in traversals(expression)}
    return all(_standard(name) for name in found) and not found & _ENVIRONMENT


def _standard(name: str) -> bool:
    from compiler.evaluate import stdlib  # noqa: PLC0415

    return stdlib.is_standard(name.partition(".")[0])


def _check_constant(expression: Expression, schema: AttributeSchema, diagnostics: Diagnostics) -> None:
    try:
        value = evaluate(expression, _EMPTY)
        converted = convert(value, schema)
    except EvaluationError as error:
        diagnostics.report(error.fact, error.span)
    except ConversionError as error:
        diagnostics.report(error.fact, locate(expression, error.path))
    else:
        if schema.format == "regex" and isinstance(converted, str) and (reason := _regex_fault(converted)):
            diagnostics.report(errors.RegexInvalid(converted, reason), expression.span)


def _check_parts(expression: Expression, diagnostics: Diagnostics) -> None:
    """Constant parts of an expression whose value is not known."""
    if _constant(expression):
        try:
            evaluate(expression, _EMPTY)
        except EvaluationError as error:
            diagnostics.report(error.fact, error.span)


def _check_reference(expression: Expression, schema: AttributeSchema, graph: Graph, diagnostics: Diagnostics) -> None:
    names = words(expression)
    if names is None:
        return
    for length in range(1, len(names)):
        node = graph.nodes.get(".".join(names[:length]))
        if node is None:
            continue
        exported = node.schema.exports.get(names[length])
        if exported is not None and length + 1 == len(names) and not _fits(exported, schema.type):
            if schema.type.startswith("capsule("):
                diagnostics.report(WrongCapsule(schema.type[8:-1], _kind(exported)), expression.span)
            else:
                diagnostics.report(TypeMismatch(_kind(schema.type), _kind(exported)), expression.span)
        return


def _fits(exported: str, wanted: str) -> bool:
    """Whether an export of one type can be decoded into another; in doubt, yes."""
    if wanted in ("any", exported):
        return True
    if exported.startswith("capsule(") or wanted.startswith("capsule("):
        return False
    if exported.startswith("list("):
        return wanted.startswith("list(") and _fits(exported[5:-1], wanted[5:-1])
    if exported == "target":
        return wanted.startswith("map(") or wanted == "object"
    if exported.startswith("map("):
        return wanted.startswith("map(") or wanted in ("object", "target")
    if exported == "secret":
        return wanted in ("secret", "secret_or_string")
    return not wanted.startswith(("list(", "map(")) and wanted != "target"


def _kind(type_: str) -> str:
    """A schema's type in the words of the language."""
    name, _, inner = type_.partition("(")
    match name:
        case "list":
            return "array"
        case "map" | "target":
            return "object"
        case "capsule":
            return f"`{inner.removesuffix(')')}`"
        case "duration" | "bytesize" | "secret_or_string":
            return "string"
        case _:
            return name


@cache
def _regex_fault(pattern: str) -> str | None:
    import re2  # noqa: PLC0415 - only configurations with regexes need it

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(f"^(?s:{pattern})$", options)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        return reason.decode() if isinstance(reason, bytes) else str(reason)
    return None
