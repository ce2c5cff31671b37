"""Blocks to nodes, words to references.

A scope is built from the statements of one body, so that a module is built the same way as a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from compiler.catalog import Catalog, ComponentSchema
from compiler.diagnostics import Diagnostics, Note
from compiler.evaluate import stdlib
from compiler.graph import errors
from compiler.graph.edges import edges_of
from compiler.graph.model import Edge, Graph, Node, Reference
from compiler.graph.order import order
from compiler.graph.references import Traversal, traversals
from compiler.syntax.tree import Attribute, Block, File, Statement

__all__ = ["STABILITY_LEVELS", "build_graph"]

STABILITY_LEVELS = ("experimental", "public-preview", "generally-available")
"""From the lowest to the highest."""
_MODULES = ("declare", "argument", "export", "foreach", "import.file", "import.git", "import.http", "import.string")


def build_graph(
    files: Sequence[File],
    catalog: Catalog,
    diagnostics: Diagnostics,
    *,
    stability: str = "generally-available",
    community: bool = False,
) -> Graph:
    """The graph of all `files` together, as of one text. What is wrong is reported; the graph then holds what could be resolved.

    `stability` is the lowest level that is allowed, `community` allows community components: Alloy's flags of these names.
    """
    statements = [statement for file in files for statement in file.body.statements]
    declared = _declared(statements, catalog, diagnostics)
    allowed = {
        id: (block, schema)
        for id, (block, schema) in declared.items()
        if schema is not None and _allowed(block, schema, diagnostics, stability, community)
    }
    nodes = {
        id: Node(id, block, schema, tuple(_references(block, declared, diagnostics, stability)))
        for id, (block, schema) in allowed.items()
    }
    resolved = {
        id: Node(id, node.block, node.schema, tuple(r for r in node.references if r.target in nodes))
        for id, node in nodes.items()
    }
    edges: list[Edge] = [edge for node in resolved.values() for edge in edges_of(node, resolved)]
    return Graph(resolved, tuple(edges), order(resolved, diagnostics))


def _declared(
    statements: Iterable[Statement], catalog: Catalog, diagnostics: Diagnostics
) -> dict[str, tuple[Block, ComponentSchema | None]]:
    """Every block by its id; None stands for a schema that is not known, so that references to it are not reported again."""
    declared: dict[str, tuple[Block, ComponentSchema | None]] = {}
    for statement in statements:
        if isinstance(statement, Attribute):
            diagnostics.report(errors.AttributeAtFileLevel(statement.name.text), statement.name.span)
            continue
        block = statement
        schema = catalog.get(block.type)
        if schema is None:
            diagnostics.report(errors.UnknownComponent(block.type, catalog.names), block.head)
        if block.type in _MODULES:
            diagnostics.report(errors.ModuleNotSupported(block.type), block.head)
            schema = None
        elif schema is not None and schema.label == "forbidden" and block.label is not None:
            diagnostics.report(errors.LabelNotAllowed(block.type), block.label.span)
        elif (schema is None or schema.label == "required") and (block.label is None or not block.label.text):
            diagnostics.report(errors.LabelMissing(block.type), block.head)
        if block.id in declared:
            first = declared[block.id][0].head
            diagnostics.report(
                errors.DuplicateBlockId(block.id, str(first)), block.head, Note("first declared here", first)
            )
            continue
        declared[block.id] = (block, schema)
    return declared


def _allowed(block: Block, schema: ComponentSchema, diagnostics: Diagnostics, stability: str, community: bool) -> bool:
    if schema.community and not community:
        diagnostics.report(errors.CommunityDisabled(schema.name), block.head)
        return False
    if not _stable_enough(schema.stability, stability):
        diagnostics.report(
            errors.StabilityTooLow(f"component `{schema.name}`", schema.stability, stability), block.head
        )
        return False
    return True


def _stable_enough(level: str, minimum: str) -> bool:
    return STABILITY_LEVELS.index(level) >= STABILITY_LEVELS.index(minimum)


def _references(
    block: Block, declared: Mapping[str, tuple[Block, ComponentSchema | None]], diagnostics: Diagnostics, stability: str
) -> Iterator[Reference]:
    for attribute in _attributes(block):
        for traversal in traversals(attribute.value):
            target = _target(traversal.names, declared)
            if target is None:
                _standard(traversal, declared, diagnostics, stability)
                continue
            reference = Reference(target, traversal.names[target.count(".") + 1 :], traversal.span)
            schema = declared[target][1]
            if schema is not None and reference.path and reference.path[0] not in schema.exports:
                fact = errors.UnknownExport(target, reference.path[0], tuple(schema.exports))
                diagnostics.report(fact, traversal.span)
            yield reference


def _attributes(block: Block) -> Iterator[Attribute]:
    yield from block.body.attributes
    for inner in block.body.blocks:
        yield from _attributes(inner)


def _target(names: tuple[str, ...], declared: Mapping[str, object]) -> str | None:
    """The shortest prefix that is an id, as Alloy resolves it."""
    for length in range(1, len(names) + 1):
        if (id := ".".join(names[:length])) in declared:
            return id
    return None


def _standard(traversal: Traversal, declared: Mapping[str, object], diagnostics: Diagnostics, stability: str) -> None:
    """A word of the standard library, or of nothing at all."""
    name = ".".join(traversal.names)
    if not stdlib.is_standard(traversal.names[0]):
        if traversal.names != ("module_path",):
            diagnostics.report(errors.UnknownReference(name, tuple(declared)), traversal.span)
        return
    level = stdlib.stability(name)
    if level is not None and not _stable_enough(level, stability):
        diagnostics.report(errors.StabilityTooLow(f"function `{name}`", level, stability), traversal.span)
    if name in stdlib.DEPRECATED:
        diagnostics.report(errors.DeprecatedFunction(name, stdlib.DEPRECATED[name]), traversal.span)
