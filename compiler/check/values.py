"""The value of an attribute: what is constant is evaluated and converted as the runtime would do it, what refers to
another component is checked by the type of the export."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from compiler.catalog import AttributeSchema
from compiler.check import errors
from compiler.check.expressions import NOTHING, check_expression, is_constant, mismatch
from compiler.check.formats import regex_fault, url_fault
from compiler.check.infer import fits, infer, node_of
from compiler.diagnostics import Diagnostics
from compiler.evaluate import EvaluationError, evaluate
from compiler.evaluate.decode import convert
from compiler.evaluate.errors import ConversionError, SecretShown
from compiler.evaluate.evaluator import locate
from compiler.graph.model import Graph
from compiler.graph.references import words
from compiler.syntax.tree import Array, Expression, Object, Paren

__all__ = ["check_value"]


def check_value(expression: Expression, schema: AttributeSchema, graph: Graph, diagnostics: Diagnostics) -> None:
    """Report what can be known to be wrong without running anything."""
    inner = schema.type[schema.type.find("(") + 1 : -1]
    match expression:
        case Paren(inner=value):
            check_value(value, schema, graph, diagnostics)
        case Object(fields=fields) if schema.fields:
            _check_fields(expression, schema, graph, diagnostics)
        case Array(elements=elements) if schema.fields:
            for element in elements:
                check_value(element, replace(schema, type=inner), graph, diagnostics)
        case _ if is_constant(expression, graph):
            _check_constant(expression, schema, diagnostics)
        case Array(elements=elements) if schema.type.startswith("list("):
            for element in elements:
                check_value(element, replace(schema, type=inner), graph, diagnostics)
        case Object(fields=fields) if schema.type.startswith("map("):
            for field in fields:
                check_value(field.value, replace(schema, type=inner), graph, diagnostics)
        case Object(fields=fields) if schema.type == "target":
            for field in fields:
                _check_label(field.value, graph, diagnostics)
        case _:
            _check_type(expression, schema, graph, diagnostics)


def _check_type(expression: Expression, schema: AttributeSchema, graph: Graph, diagnostics: Diagnostics) -> None:
    before = len(diagnostics)
    check_expression(expression, graph, diagnostics)
    got = infer(expression, graph)
    if got is None or len(diagnostics) > before or fits(got, schema.type):
        return
    names = words(expression)
    if names is not None and (found := node_of(names, graph)) is not None and not found[1]:
        fitting = tuple(name for name, type_ in found[0].schema.exports.items() if fits(type_, schema.type))
        diagnostics.report(errors.ComponentItself(found[0].id, fitting), expression.span)
    else:
        diagnostics.report(mismatch(schema.type, got), expression.span)


def _check_label(expression: Expression, graph: Graph, diagnostics: Diagnostics) -> None:
    """A value of a target: all that can be printed, no secret."""
    check_expression(expression, graph, diagnostics)
    if infer(expression, graph) == "secret":
        diagnostics.report(SecretShown(), expression.span)


def _check_constant(expression: Expression, schema: AttributeSchema, diagnostics: Diagnostics) -> None:
    try:
        converted = convert(evaluate(expression, NOTHING), schema)
    except EvaluationError as error:
        diagnostics.report(error.fact, error.span)
    except ConversionError as error:
        diagnostics.report(error.fact, locate(expression, error.path))
    else:
        _check_format(expression, converted, schema.format, diagnostics)


def _check_format(expression: Expression, value: Any, wanted: str | None, diagnostics: Diagnostics) -> None:
    if not isinstance(value, str):
        return
    if wanted == "regex" and (reason := regex_fault(value)):
        diagnostics.report(errors.RegexInvalid(value, reason), expression.span)
    if wanted == "url" and (reason := url_fault(value)):
        diagnostics.report(errors.UrlInvalid(value, reason), expression.span)


def _check_fields(expression: Object, schema: AttributeSchema, graph: Graph, diagnostics: Diagnostics) -> None:
    """An object whose keys are fixed."""
    known: Mapping[str, AttributeSchema] = schema.fields
    for field in expression.fields:
        if field.name.text not in known:
            fact = errors.UnknownArgument("field", field.name.text, schema.name, tuple(known))
            diagnostics.report(fact, field.name.span)
        else:
            check_value(field.value, known[field.name.text], graph, diagnostics)
    written = {field.name.text for field in expression.fields}
    for wanted in known.values():
        if wanted.required and wanted.name not in written:
            diagnostics.report(errors.MissingAttribute(wanted.name, wanted.type), expression.span)
