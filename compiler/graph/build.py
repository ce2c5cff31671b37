"""Blocks to nodes, words to references.

A scope is built from the statements of one body, so that a module is built the same way as a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

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

_Declared = Mapping[str, tuple[Block, ComponentSchema | None]]
"""Every block of a scope by its id; None stands for a schema that is not known, so that references to it are not
reported again."""


@dataclass(frozen=True, slots=True)
class _Rules:
    """What holds in every scope of a configuration."""

    catalog: Catalog
    stability: str
    community: bool
    diagnostics: Diagnostics


def build_graph(
    files: Sequence[File],
    catalog: Catalog,
    diagnostics: Diagnostics,
    *,
    stability: str = "generally-available",
    community: bool = False,
) -> Graph:
    """The graph of all `files` together, as of one text. What is wrong is reported; the graph holds what was resolved.

    `stability` is the lowest level that is allowed, `community` allows community components: Alloy's flags of these
    names. Raises `ValueError` for a level that is none of `STABILITY_LEVELS`.
    """
    if stability not in STABILITY_LEVELS:
        raise ValueError(f"`{stability}` is no stability level")
    statements = [statement for file in files for statement in file.body.statements]
    return _scope(statements, _Rules(catalog, stability, community, diagnostics), frozenset({"module_path"}))


def _scope(statements: Sequence[Statement], rules: _Rules, variables: frozenset[str]) -> Graph:
    """The graph of one body. `variables` are the first words that mean something besides components and functions."""
    declared = _declared(statements, rules)
    nodes = {
        name: Node(name, block, schema, tuple(_references(block, declared, rules, variables)))
        for name, (block, schema) in declared.items()
        if schema is not None and _allowed(block, schema, rules)
    }
    resolved = {
        name: Node(name, node.block, node.schema, tuple(r for r in node.references if r.target in nodes))
        for name, node in nodes.items()
    }
    edges: list[Edge] = [edge for node in resolved.values() for edge in edges_of(node, resolved)]
    return Graph(resolved, tuple(edges), order(resolved, rules.diagnostics))


def _declared(statements: Sequence[Statement], rules: _Rules) -> _Declared:
    report = rules.diagnostics.report
    custom = _custom(statements)
    declared: dict[str, tuple[Block, ComponentSchema | None]] = {}
    for block in statements:
        if isinstance(block, Attribute):
            report(errors.AttributeAtFileLevel(block.name.text), block.name.span)
            continue
        schema = None
        if block.type in _MODULES:
            report(errors.ModuleNotSupported(block.type), block.head)
        else:
            if block.name[0].text not in custom:
                schema = rules.catalog.get(block.type)
                if schema is None:
                    report(errors.UnknownComponent(block.type, rules.catalog.names), block.head)
            _label(block, schema, rules)
        if block.id in declared:
            first = declared[block.id][0].head
            report(errors.DuplicateBlockId(block.id, str(first)), block.head, Note("first declared here", first))
            continue
        declared[block.id] = (block, schema)
    return declared


def _label(block: Block, schema: ComponentSchema | None, rules: _Rules) -> None:
    if schema is not None and schema.label == "forbidden":
        if block.label is not None:
            rules.diagnostics.report(errors.LabelNotAllowed(block.type), block.label.span)
    elif block.label is None or not block.label.text:
        rules.diagnostics.report(errors.LabelMissing(block.type), block.head)


def _custom(statements: Iterable[Statement]) -> frozenset[str]:
    """First words of components that a module declares, or that are imported."""
    return frozenset(
        statement.label.text
        for statement in statements
        if isinstance(statement, Block)
        and statement.label is not None
        and (statement.type == "declare" or statement.type.startswith("import."))
    )


def _allowed(block: Block, schema: ComponentSchema, rules: _Rules) -> bool:
    if schema.community and not rules.community:
        rules.diagnostics.report(errors.CommunityDisabled(schema.name), block.head)
        return False
    if not _stable_enough(schema.stability, rules.stability):
        fact = errors.StabilityTooLow(f"component `{schema.name}`", schema.stability, rules.stability)
        rules.diagnostics.report(fact, block.head)
        return False
    return True


def _stable_enough(level: str, minimum: str) -> bool:
    return STABILITY_LEVELS.index(level) >= STABILITY_LEVELS.index(minimum)


def _references(block: Block, declared: _Declared, rules: _Rules, variables: frozenset[str]) -> Iterator[Reference]:
    for attribute in _attributes(block):
        for traversal in traversals(attribute.value):
            target = _target(traversal.names, declared)
            if target is None:
                if traversal.names[0] not in variables:
                    _standard(traversal, declared, rules)
                continue
            reference = Reference(target, traversal.names[target.count(".") + 1 :], traversal.span)
            schema = declared[target][1]
            if schema is not None and reference.path and reference.path[0] not in schema.exports:
                fact = errors.UnknownExport(target, reference.path[0], tuple(schema.exports))
                rules.diagnostics.report(fact, traversal.span)
            yield reference


def _attributes(block: Block) -> Iterator[Attribute]:
    yield from block.body.attributes
    for inner in block.body.blocks:
        yield from _attributes(inner)


def _target(names: tuple[str, ...], declared: _Declared) -> str | None:
    """The shortest prefix that is an id, as Alloy resolves it."""
    for length in range(1, len(names) + 1):
        if (name := ".".join(names[:length])) in declared:
            return name
    return None


def _standard(traversal: Traversal, declared: _Declared, rules: _Rules) -> None:
    """A word of the standard library, or of nothing at all."""
    report, name = rules.diagnostics.report, ".".join(traversal.names)
    if not stdlib.is_standard(traversal.names[0]):
        report(errors.UnknownReference(name, tuple(declared)), traversal.span)
        return
    level = stdlib.stability(name)
    if level is not None and not _stable_enough(level, rules.stability):
        report(errors.StabilityTooLow(f"function `{name}`", level, rules.stability), traversal.span)
    if name in stdlib.DEPRECATED:
        report(errors.DeprecatedFunction(name, stdlib.DEPRECATED[name]), traversal.span)
