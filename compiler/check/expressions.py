"""The inside of an expression: what is constant is evaluated, the rest is checked by the types of its parts."""

from __future__ import annotations

from compiler.check.infer import fits, infer, kind, node_of
from compiler.diagnostics import Diagnostics, Fact
from compiler.evaluate import EvaluationError, Scope, evaluate, stdlib
from compiler.evaluate.errors import NoFields, NotIndexable, OperandType, SecretShown, TypeMismatch, WrongCapsule
from compiler.evaluate.evaluator import check_count, paired
from compiler.evaluate.operators import OPERANDS
from compiler.evaluate.values import Function
from compiler.graph.model import Graph
from compiler.graph.references import traversals, words
from compiler.syntax.tree import Access, Array, Binary, Call, Expression, Index, Object, Paren, Unary

__all__ = ["NOTHING", "check_expression", "is_constant", "mismatch"]

NOTHING = Scope()
"""Where constants are evaluated: the standard library alone."""
_SECRETS = frozenset({"secret", "secret_or_string"})
_PARAMETERS = {"array": "list(any)"}


def is_constant(expression: Expression, graph: Graph) -> bool:
    """Only literals, operators and functions whose result is the same everywhere."""
    return all(
        stdlib.is_standard(traversal.names[0])
        and ".".join(traversal.names) not in stdlib.ENVIRONMENT
        and node_of(traversal.names, graph) is None
        for traversal in traversals(expression)
    )


def mismatch(wanted: str, got: str) -> Fact:
    """The sentence for a type where another one is wanted; both are types of the catalog."""
    if wanted.startswith("capsule("):
        return WrongCapsule(wanted[8:-1], kind(got))
    while wanted.startswith("map(") and got.startswith("map("):
        wanted, got = wanted[4:-1], got[4:-1]
    if got in _SECRETS and wanted == "string":
        return SecretShown()
    if wanted.startswith("list(") and got.startswith("list("):
        return TypeMismatch(f"array of {_plural(wanted[5:-1])}", f"array of {_plural(got[5:-1])}")
    return TypeMismatch("string or secret" if wanted in _SECRETS else kind(wanted), kind(got))


def _plural(type_: str) -> str:
    return kind(type_) if type_.startswith("capsule(") else f"{kind(type_)}s"


def check_expression(expression: Expression, graph: Graph, diagnostics: Diagnostics) -> None:
    """Report every part that has no value, whatever the components export when they run."""
    if is_constant(expression, graph):
        try:
            evaluate(expression, NOTHING)
        except EvaluationError as error:
            diagnostics.report(error.fact, error.span)
        return
    for part in _parts(expression):
        check_expression(part, graph, diagnostics)
    match expression:
        case Unary(operator=operator, value=value):
            wanted = "bool" if operator == "!" else "number"
            if (got := infer(value, graph)) is not None and got != wanted:
                diagnostics.report(TypeMismatch(wanted, kind(got)), value.span)
        case Binary():
            _operands(expression, graph, diagnostics)
        case Call():
            _call(expression, graph, diagnostics)
        case Index(value=value):
            got = infer(value, graph)
            if got is not None and not got.startswith(("list(", "map(")) and got not in ("object", "target", "any"):
                diagnostics.report(NotIndexable(kind(got)), value.span)
        case Access(value=value, name=name):
            got = infer(value, graph)
            if got is not None and not got.startswith("map(") and got not in ("object", "target", "any"):
                diagnostics.report(NoFields(name.text, kind(got)), value.span)
        case _:
            pass


def _parts(expression: Expression) -> tuple[Expression, ...]:
    """What is to be looked at inside; the name of a function or of an export is looked at as a whole."""
    match expression:
        case Paren(inner=value) | Unary(value=value):
            return (value,)
        case Access(value=value):
            return () if words(expression) else (value,)
        case Index(value=value, index=index):
            return value, index
        case Binary(left=left, right=right):
            return left, right
        case Call(arguments=arguments):
            return arguments
        case Array(elements=elements):
            return elements
        case Object(fields=fields):
            return tuple(field.value for field in fields)
        case _:
            return ()


def _operands(expression: Binary, graph: Graph, diagnostics: Diagnostics) -> None:
    """`==` and `!=` take everything; a secret mixes with a text."""
    allowed = OPERANDS.get(expression.operator)
    if allowed is None:
        return
    kinds = []
    for side in (expression.left, expression.right):
        got = infer(side, graph)
        if got in (None, "any"):
            kinds.append("")
            continue
        assert got is not None
        secret = got in _SECRETS and expression.operator == "+"
        kinds.append("string" if secret else kind(got))
        if kinds[-1] not in allowed:
            named = tuple("secret" if name == "capsule" else name for name in allowed)
            diagnostics.report(OperandType(expression.operator, named, kind(got)), side.span)
            return
    if all(kinds) and kinds[0] != kinds[1]:
        diagnostics.report(TypeMismatch(*kinds), expression.right.span)


def _call(expression: Call, graph: Graph, diagnostics: Diagnostics) -> None:
    callee = expression.value
    names = words(callee)
    if names is None or node_of(names, graph) is not None:
        got = infer(callee, graph)
        if got is not None:
            diagnostics.report(TypeMismatch("function", kind(got)), callee.span)
        return
    if not stdlib.is_standard(names[0]):
        return
    try:
        function = evaluate(callee, NOTHING)
        if not isinstance(function, Function):
            diagnostics.report(TypeMismatch("function", "object"), callee.span)
            return
        check_count(function, len(expression.arguments), callee.span)
    except EvaluationError as error:
        diagnostics.report(error.fact, error.span)
        return
    for parameter, argument in paired(function, expression.arguments):
        wanted = _PARAMETERS.get(parameter.type, parameter.type)
        got = infer(argument, graph)
        if got is not None and not fits(got, wanted):
            diagnostics.report(mismatch(wanted, got), argument.span)
