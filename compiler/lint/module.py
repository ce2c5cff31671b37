"""What a rule looks at: one body whose names see each other, which is a configuration or the inside of a `declare`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from compiler.catalog import load_catalog
from compiler.check import check_graph
from compiler.diagnostics import Diagnostics, Span
from compiler.graph import Graph, build_graph
from compiler.graph.model import Node
from compiler.graph.references import traversals
from compiler.lint.flow import Flow
from compiler.lint.place import Place
from compiler.syntax.tree import Attribute, Block, Body, File

__all__ = ["Module", "Use", "modules_of"]


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
    """Blocks that the graph does not hold."""

    @cached_property
    def uses(self) -> Mapping[str, tuple[Use, ...]]:
        """All references by the node that they name."""
        found: dict[str, list[Use]] = {id: [] for id in self.graph.nodes}
        for node in self.graph.nodes.values():
            # A foreach and a custom component do with it what is not known here.
            user = node if not node.definer and node.inner is None else None
            for reference in node.references:
                found[reference.target].append(Use(user, reference.path, reference.span))
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

    def behind(self, node: Node) -> Iterator[Node | None]:
        """Everything that takes what a node gives out, directly or through others, once each; None for what is not known
        here."""
        seen, waiting = {node.id}, [node.id]
        while waiting:
            for use in self.uses[waiting.pop()]:
                if use.user is None:
                    yield None
                elif use.user.id not in seen:
                    seen.add(use.user.id)
                    waiting.append(use.user.id)
                    yield use.user

    @cached_property
    def flow(self) -> Flow:
        opaque = {id for id, uses in self.uses.items() if any(use.user is None for use in uses)}
        return Flow(self.graph, frozenset(opaque))

    def of_type(self, *types: str) -> Iterator[Node]:
        """Components of these types in the order of the text; a type that ends in a dot stands for all that begin so."""
        exact = frozenset(types)
        families = tuple(type_ for type_ in types if type_.endswith("."))
        for type_, node in self._by_type:
            if type_ in exact or (families and type_.startswith(families)):
                yield node

    @cached_property
    def _by_type(self) -> tuple[tuple[str, Node], ...]:
        return tuple((node.type, node) for node in self.graph.nodes.values())


def modules_of(files: Sequence[File], place: Place, diagnostics: Diagnostics) -> list[Module]:
    """The configuration that `files` make together, and the inside of each `declare` and `foreach`, checked; what is wrong
    is reported."""
    found = Diagnostics()
    folder = str(Path(files[0].source.name).parent)
    # A flag that is not known could be set.
    stability, community = place.stability or "experimental", place.community is not False
    graph = build_graph(files, load_catalog(), found, stability=stability, community=community, module_path=folder)
    broken = bool(found.errors)
    check_graph(graph, found)
    diagnostics.extend(found)
    modules: list[Module] = []
    _add("", tuple(files), graph, place, broken, modules)
    return modules


def _add(name: str, files: tuple[File, ...], graph: Graph, place: Place, broken: bool, into: list[Module]) -> None:
    opaque = tuple(block for file in files for block in file.body.blocks if not _is_node(block, graph))
    into.append(Module(name, files, graph, place, broken, opaque))
    for node in graph.nodes.values():
        # What an import brings belongs to another text.
        if node.inner is not None and node.type in ("declare", "foreach"):
            body = next((block.body for block in node.block.body.blocks if block.type == "template"), node.block.body)
            inside = (File(node.block.span.source, body),)
            _add(node.label, inside, node.inner, place, broken, into)


def _is_node(block: Block, graph: Graph) -> bool:
    node = graph.nodes.get(block.id)
    return node is not None and node.block is block


def _attributes(body: Body) -> Iterator[Attribute]:
    yield from body.attributes
    for inner in body.blocks:
        yield from _attributes(inner.body)
