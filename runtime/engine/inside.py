"""Which modules a node has inside: the body of a custom component, a template for each item, the declares of an import."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compiler.check.errors import MissingAttribute, UnknownArgument
from compiler.diagnostics import Diagnostics
from compiler.evaluate import Scope, encode
from compiler.evaluate.stdlib.formatting import sprintf
from compiler.graph.errors import DeclareMissing
from compiler.graph.model import Graph, Node
from compiler.graph.modules import custom_schema
from runtime.engine.change import Around

if TYPE_CHECKING:
    from runtime.engine.module import Module

__all__ = ["Part", "custom_part", "foreach_parts"]

_OTHER = re.compile(r"[^a-zA-Z0-9]")


@dataclass(frozen=True, slots=True)
class Part:
    """A module as it is to be: its id, its graph, what it is given."""

    module_id: str
    graph: Graph
    around: Around


def custom_part(
    node: Node, module_id: str, module: Module, arguments: Mapping[str, object], diagnostics: Diagnostics
) -> Part | None:
    """The body of a custom component; None when nothing defines it or the arguments are not its, which is reported."""
    found = _definition(node, module, diagnostics)
    if found is None:
        return None
    declare, lexical = found
    assert declare.inner is not None, "the inside of a declare is always known"
    known = custom_schema(node.type, declare.inner).body.attributes
    wrong = [name for name in arguments if name not in known]
    missing = [name for name, attribute in known.items() if attribute.required and name not in arguments]
    for attribute in node.block.body.attributes:
        if attribute.name.text in wrong:
            fact = UnknownArgument("attribute", attribute.name.text, node.type, tuple(known))
            diagnostics.report(fact, attribute.span)
    for name in missing:
        diagnostics.report(MissingAttribute(name, "any"), node.block.span)
    if wrong or missing:
        return None
    return Part(module_id, declare.inner, Around(lexical.around.scope, lexical, arguments))


def _definition(node: Node, module: Module, diagnostics: Diagnostics) -> tuple[Node, Module] | None:
    """The declare, and the module that its text stands in: the nearest one outwards."""
    around: Module | None = module
    while around is not None and node.definer not in around.view.instances:
        around = around.around.parent
    if around is None:
        diagnostics.report(DeclareMissing(node.type, ()), node.block.head)
        return None
    definer = around.view.graph.nodes[node.definer]
    if definer.type == "declare":
        return definer, around
    importing = around.view.instances[node.definer]
    namespace, _, name = node.type.partition(".")
    declare = importing.library.declare(name) if importing.library is not None else None
    if importing.library is None or declare is None:
        nodes = importing.library.graph.nodes.values() if importing.library is not None else ()
        known = tuple(f"{namespace}.{n.label}" for n in nodes if n.type == "declare")
        diagnostics.report(DeclareMissing(node.type, known), node.block.head)
        return None
    if errors := importing.library.errors_of(declare):
        diagnostics.extend(errors)
        return None
    return declare, importing.modules[importing.id]


def foreach_parts(node: Node, module_id: str, module: Module, arguments: Mapping[str, object]) -> Iterator[Part]:
    """A module for each item. An item keeps its module as long as its fingerprint and its place among equal ones stay."""
    assert node.inner is not None, "the template's inside is always known"
    collection, variable, field = arguments["collection"], str(arguments["var"]), arguments.get("id")
    hashed = bool(arguments.get("hash_string_id"))
    assert isinstance(collection, list)
    count: Counter[str] = Counter()
    for item in collection:
        key = item.get(field, item) if field and isinstance(item, Mapping) else item
        fingerprint = _fingerprint(key, hashed)
        count[fingerprint] += 1
        scope = Scope({variable: item}, module.around.scope)
        yield Part(f"{module_id}/foreach_{fingerprint}_{count[fingerprint]}", node.inner, Around(scope, module))


def _fingerprint(value: object, hashed: bool) -> str:
    match value:
        case str():
            return hashlib.sha256(value.encode()).hexdigest() if hashed else _OTHER.sub("_", value)
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case float():
            return sprintf("%f", value).replace(".", "_")
        case _:
            return hashlib.sha256(json.dumps(encode(value), sort_keys=True).encode()).hexdigest()
