"""What a rule looks at: one body whose names see each other, which is a configuration or the inside of a `declare`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from compiler.catalog import load_catalog
from compiler.check import check_graph
from compiler.diagnostics import Diagnostic, Diagnostics, Span
from compiler.graph import Graph, build_graph
from compiler.graph.model import Node
from compiler.graph.references import traversals
from compiler.lint.flow import Flow
from compiler.lint.place import Place
from compiler.syntax.tree import Attribute, Block, Body, File

__all__ = ["Module", "Use", "modules_of"]

_UNREAD = "KM250"
"""A module block that the graph does not hold. It is no mistake in the text."""
_UNKNOWN_COMPONENT = "KM240"


@dataclass(frozen=True, slots=True)
class Use:
    """A reference to a node: by another node, or by a block that the graph does not hold (`user` None)."""

    user: Node | None
    path: tuple[str, ...]
    span: Span


@dataclass(frozen=True)
class Module:
    """`name` is empty for the configuration itself. With `broken` references the wiring is not what was meant, so that rules
    about it stay silent."""

    name: str
    files: tuple[File, ...]
    graph: Graph
    place: Place
    broken: bool
    opaque: tuple[Block, ...] = field(default=())
    """Blocks that the graph does not hold: custom components, `declare`, `import.*`, `argument`, `export`, `foreach`."""

    @cached_property
    def uses(self) -> Mapping[str, tuple[Use, ...]]:
        """All references by the node that they name."""
        found: dict[str, list[Use]] = {id: [] for id in self.graph.nodes}
        for node in self.graph.nodes.values():
            for reference in node.references:
                found[reference.target].append(Use(node, reference.path, reference.span))
        for block in self.opaque:
            # A declare has names of its own: what stands inside refers to nothing outside.
            if block.type == "declare":
                continue
            for attribute in _attributes(block.body):
                for traversal in traversals(attribute.value):
                    for length in range(1, len(traversal.names) + 1):
                        if (id := ".".join(traversal.names[:length])) in found:
                            found[id].append(Use(None, traversal.names[length:], traversal.span))
                            break
        return {id: tuple(uses) for id, uses in found.items()}

    @cached_property
    def flow(self) -> Flow:
        opaque = {id for id, uses in self.uses.items() if any(use.user is None for use in uses)}
        return Flow(self.graph, frozenset(opaque))

    def of_type(self, *types: str) -> Iterator[Node]:
        """Components of these types in the order of the text; a type that ends in a dot stands for all that begin so."""
        exact = frozenset(types)
        families = tuple(type_ for type_ in types if type_.endswith("."))
        for node in self.graph.nodes.values():
            if node.type in exact or node.type.startswith(families or "\0"):
                yield node


def modules_of(files: Sequence[File], place: Place, diagnostics: Diagnostics) -> list[Module]:
    """The configuration that `files` make together, and the inside of each `declare`, checked; what is wrong is reported."""
    modules: list[Module] = []
    _add("", tuple(files), frozenset(), place, diagnostics, modules)
    return modules


def _add(
    name: str,
    files: tuple[File, ...],
    custom: frozenset[str],
    place: Place,
    diagnostics: Diagnostics,
    into: list[Module],
) -> None:
    """`custom` are the first words of components that the scopes around this one declare."""
    built = Diagnostics()
    graph = build_graph(files, load_catalog(), built, stability="experimental", community=True)
    found = Diagnostics([one for one in built if one.code != _UNREAD and not _declared_outside(one, custom)])
    broken = bool(found.errors)
    check_graph(graph, found)
    diagnostics.extend(found)
    opaque = tuple(block for file in files for block in file.body.blocks if not _is_node(block, graph))
    into.append(Module(name, files, graph, place, broken, opaque))
    custom |= {
        block.label.text
        for block in opaque
        if block.label is not None and (block.type == "declare" or block.type.startswith("import."))
    }
    for file in files:
        for block in file.body.blocks:
            if block.type == "declare" and block.label is not None:
                _add(block.label.text, (File(file.source, block.body),), custom, place, diagnostics, into)


def _declared_outside(one: Diagnostic, custom: frozenset[str]) -> bool:
    """Whether a component is unknown here because a scope around this one declares it."""
    if one.code != _UNKNOWN_COMPONENT or one.span is None:
        return False
    first = re.match(r"\w+", one.span.source.text[one.span.start : one.span.end])
    return first is not None and first.group() in custom


def _is_node(block: Block, graph: Graph) -> bool:
    node = graph.nodes.get(block.id)
    return node is not None and node.block is block


def _attributes(body: Body) -> Iterator[Attribute]:
    yield from body.attributes
    for inner in body.blocks:
        yield from _attributes(inner.body)
