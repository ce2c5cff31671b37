"""The type of an expression, as far as it is known before anything runs: types of the catalog, and None for "not known"."""

from __future__ import annotations

from compiler.evaluate import stdlib
from compiler.graph.model import Graph, Node
from compiler.graph.references import words
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

__all__ = ["fits", "infer", "kind", "node_of"]

_LITERALS = {"null": "null", "bool": "bool", "number": "number", "float": "number", "string": "string"}
_STRING = frozenset({
    "convert.nonsensitive", "encoding.to_URLbase64", "encoding.to_base64", "encoding.to_json", "encoding.url_decode",
    "encoding.url_encode", "file.path_join", "string.format", "string.join", "string.replace", "string.to_lower",
    "string.to_upper", "string.trim", "string.trim_prefix", "string.trim_space", "string.trim_suffix", "sys.env",
})  # fmt: skip
_RETURNS = dict.fromkeys(_STRING, "string") | {
    "array.combine_maps": "list(any)",
    "array.concat": "list(any)",
    "array.group_by": "list(any)",
    "json_path": "list(any)",
    "string.split": "list(string)",
}
"""Functions whose result always has one type. `encoding.from_base64` is none: bytes are a text where one is wanted."""
_TEXTS = frozenset({"string", "number", "duration", "bytesize"})
_SECRETS = frozenset({"secret", "secret_or_string"})
_SCALARS = {
    "string": _TEXTS | _SECRETS,
    "number": _TEXTS,
    "bool": frozenset({"bool"}),
    "secret": _SECRETS,
    "secret_or_string": (_TEXTS | _SECRETS) - {"number"},
}
"""What each scalar is converted to; a text becomes a number when it is one, which only running shows."""


def node_of(names: tuple[str, ...], graph: Graph) -> tuple[Node, tuple[str, ...]] | None:
    """The node that `names` begin with, and what follows it."""
    for length in range(1, len(names) + 1):
        if (node := graph.nodes.get(".".join(names[:length]))) is not None:
            return node, names[length:]
    return None


def infer(expression: Expression, graph: Graph) -> str | None:
    match expression:
        case Literal(kind=literal):
            return _LITERALS[literal]
        case Array():
            return "list(any)"
        case Object():
            return "object"
        case Paren(inner=inner):
            return infer(inner, graph)
        case Unary(operator=operator):
            return "bool" if operator == "!" else "number"
        case Binary(operator=operator, left=left, right=right):
            return _operator(operator, infer(left, graph), infer(right, graph))
        case Call(value=value):
            name = ".".join(words(value) or ())
            return _RETURNS.get(stdlib.DEPRECATED.get(name, name))
        case Index(value=value):
            return _element(infer(value, graph))
        case Identifier() | Access():
            return _named(expression, graph)


def _operator(operator: str, left: str | None, right: str | None) -> str | None:
    match operator:
        case "==" | "!=" | "<" | "<=" | ">" | ">=" | "&&" | "||":
            return "bool"
        case "+" if left == right and left in ("string", "number", *_SECRETS):
            return left
        case "+" if {left, right} <= {"string", *_SECRETS}:
            # What is joined with a secret is one.
            return "secret" if "secret" in (left, right) else "secret_or_string"
        case "+":
            return None
        case _:
            return "number"


def _named(expression: Identifier | Access, graph: Graph) -> str | None:
    names = words(expression)
    if names is None:
        return _element(infer(expression.value, graph)) if isinstance(expression, Access) else None
    found = node_of(names, graph)
    if found is None:
        return "string" if names[0] == "constants" and len(names) == 2 else None
    node, path = found
    if not path:
        return "object"
    type_ = node.schema.exports.get(path[0])
    for _ in path[1:]:
        type_ = _element(type_)
    return type_ if type_ != "any" else None


def _element(type_: str | None) -> str | None:
    """What `[…]` or `.name` gives of a list, a map or a target."""
    if type_ == "target":
        return "string"
    name, _, inner = (type_ or "").partition("(")
    return inner[:-1] if name in ("list", "map") and inner != "any)" else None


def fits(got: str | None, wanted: str) -> bool:
    """Whether a value of one type can be decoded into another; in doubt, yes."""
    if got in (None, "any", "null", wanted) or wanted == "any":
        return True
    assert got is not None
    if wanted in _SCALARS or wanted in ("duration", "bytesize"):
        return wanted in _SCALARS.get(got, ())
    name, _, inner = wanted.partition("(")
    match name:
        case "list":
            return got.startswith("list(") and fits(got[5:-1], inner[:-1])
        case "map" if got.startswith("map("):
            return fits(got[4:-1], inner[:-1])
        case "map" | "object" | "target":
            return got in ("object", "target") or got.startswith("map(")
        case _:
            return False


def kind(type_: str) -> str:
    """A type of the catalog in the words of the language."""
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
