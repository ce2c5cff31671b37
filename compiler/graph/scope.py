"""One body: its blocks to nodes, its words to references.

A configuration, the body of a `declare`, the template of a `foreach` and an imported text are all built this way. A scope
knows the one around it: custom components are looked up outwards, and a template sees the components around it.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from compiler.catalog import Catalog, ComponentSchema
from compiler.diagnostics import Diagnostics, Note, Source
from compiler.evaluate import stdlib
from compiler.graph import errors
from compiler.graph.edges import edges_of
from compiler.graph.library import Library, constant_text, folder_of, read_module
from compiler.graph.model import Edge, Graph, Node, Reference
from compiler.graph.modules import (
    Place,
    allowed_at,
    attribute,
    custom_schema,
    is_module_block,
    open_schema,
    outside,
    refined,
    template,
)
from compiler.graph.order import order
from compiler.graph.references import Traversal, traversals
from compiler.syntax import parse
from compiler.syntax.tree import Attribute, Block, Body, Statement

__all__ = ["STABILITY_LEVELS", "Place", "Rules", "Scope", "build_library"]

STABILITY_LEVELS = ("experimental", "public-preview", "generally-available")
"""From the lowest to the highest."""
_FILE_VARIABLES = frozenset({"module_path"})


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds in every scope of a configuration. `reading` are the imports that the text comes from."""

    catalog: Catalog
    stability: str
    community: bool
    diagnostics: Diagnostics
    module_path: str | None = None
    reading: tuple[str, ...] = ()


class Scope:
    """`owner` is the id of the block in `parent` whose inside this is. `variables` are the first words that mean something
    besides components and functions; None when they cannot be known."""

    def __init__(
        self,
        statements: Sequence[Statement],
        rules: Rules,
        place: Place,
        parent: Scope | None = None,
        owner: str = "",
        variables: frozenset[str] | None = _FILE_VARIABLES,
    ) -> None:
        self._rules = rules
        self._report = rules.diagnostics.report
        self._place = place
        self._parent = parent
        self._owner = owner
        self._variables = variables
        self._blocks: dict[str, Block] = {}
        self._imports: dict[str, str] = {}
        self._schemas: dict[str, ComponentSchema | None] = {}
        self._definers: dict[str, str] = {}
        self._inner: dict[str, Graph | None] = {}
        self._libraries: dict[str, Library] = {}
        self._opening: set[str] = set()
        self._from_inside: dict[str, list[Reference]] = defaultdict(list)
        for statement in statements:
            self._collect(statement)

    def graph(self) -> Graph:
        for name in self._blocks:
            self._open(name)
        nodes = {
            name: self._node(name, block, schema)
            for name, block in self._blocks.items()
            if (schema := self._schema(name)) is not None and self._allowed(block, schema)
        }
        resolved = {
            name: replace(node, references=tuple(r for r in node.references if r.target in nodes))
            for name, node in nodes.items()
        }
        edges: list[Edge] = [edge for node in resolved.values() for edge in edges_of(node, resolved)]
        return Graph(resolved, tuple(edges), order(resolved, self._rules.diagnostics))

    def _collect(self, statement: Statement) -> None:
        if isinstance(statement, Attribute):
            self._report(errors.AttributeAtFileLevel(statement.name.text), statement.name.span)
            return
        known = self._rules.catalog.get(statement.type)
        if not allowed_at(self._place, statement.type, known):
            self._report(errors.BlockMisplaced(statement.type, self._place.value), statement.head)
            return
        if statement.id in self._blocks:
            first = self._blocks[statement.id].head
            note = Note("first declared here", first)
            fact = errors.DuplicateBlockId(statement.id, str(first), statement.label is not None)
            self._report(fact, statement.head, note)
            return
        if is_module_block(statement.type) and (statement.label is None or not statement.label.text):
            self._report(errors.LabelMissing(statement.type, "block"), statement.head)
            return
        if statement.type == "declare" and is_module_block(_label(statement)):
            self._report(errors.DeclareReserved(_label(statement)), statement.head)
            return
        self._blocks[statement.id] = statement
        if statement.name[0].text == "import":
            self._imports.setdefault(_label(statement), statement.id)

    def _schema(self, name: str) -> ComponentSchema | None:
        """None stands for a schema that is not known; why is reported, so that references to it are not."""
        if name not in self._schemas:
            block = self._blocks[name]
            found = None if is_module_block(block.type) else self._definer(block)
            if found is not None:
                scope, self._definers[name] = found
                self._schemas[name] = scope.custom(self._definers[name], block)
            else:
                self._schemas[name] = self._builtin(block)
            self._check_label(block, self._schemas[name])
        return self._schemas[name]

    def _builtin(self, block: Block) -> ComponentSchema | None:
        schema = self._rules.catalog.get(block.type)
        if schema is None:
            self._report(errors.UnknownComponent(block.type, self._rules.catalog.names), block.head)
            return None
        return refined(schema)

    def _check_label(self, block: Block, schema: ComponentSchema | None) -> None:
        if schema is not None and schema.label == "forbidden":
            if block.label is not None:
                self._report(errors.LabelNotAllowed(block.type), block.label.span)
        elif block.label is None or not block.label.text:
            self._report(errors.LabelMissing(block.type), block.head)

    def _definer(self, block: Block) -> tuple[Scope, str] | None:
        """The declare or import that a component comes from, and the scope that has it: the nearest counts."""
        first = block.name[0].text
        mine = f"declare.{first}" if len(block.name) == 1 else self._imports.get(first, "")
        if mine in self._blocks:
            return self, mine
        if self._parent is None:
            return None
        found = self._parent._definer(block)
        if found is not None and found[0] is self._parent:
            self._parent._from_inside[self._owner].append(Reference(found[1], (), block.head))
        return found

    def custom(self, definer: str, block: Block) -> ComponentSchema | None:
        """The schema of the custom component `block`, which `definer` of this scope defines."""
        inner = self._open(definer)
        if inner is not None and self._blocks[definer].type != "declare":
            declares = {f"{block.name[0].text}.{n.label}": n for n in inner.nodes.values() if n.type == "declare"}
            if block.type not in declares:
                self._report(errors.DeclareMissing(block.type, tuple(declares)), block.head)
                return None
            inner = declares[block.type].inner
        return open_schema(block) if inner is None else custom_schema(block.type, inner)

    def _open(self, name: str) -> Graph | None:
        """The graph of what is inside the block; None where nothing is, or where it is not known."""
        if name not in self._inner:
            if name in self._opening:
                # A module that uses itself: the order of the nodes reports it.
                return None
            self._opening.add(name)
            self._inner[name] = self._opened(name, self._blocks[name])
        return self._inner[name]

    def _opened(self, name: str, block: Block) -> Graph | None:
        match block.type:
            case "declare":
                return Scope(block.body.statements, self._rules, Place.DECLARE, self, name).graph()
            case "foreach":
                inner = Scope(template(block), self._rules, Place.TEMPLATE, self, name, self._with_item(block))
                return inner.graph()
            case "import.string" | "import.file":
                library = self._import(block)
                if library is None:
                    return None
                self._libraries[name] = library
                return library.graph
            case _:
                return None

    def _with_item(self, block: Block) -> frozenset[str] | None:
        written = attribute(block, "var")
        name = constant_text(written.value, {}) if written is not None else ""
        return None if name is None or self._variables is None else self._variables | {name}

    def _import(self, block: Block) -> Library | None:
        known = {} if self._rules.module_path is None else {"module_path": self._rules.module_path}
        written = attribute(block, "content" if block.type == "import.string" else "filename")
        text = constant_text(written.value, known) if written is not None else None
        if text is None or written is None:
            return None
        if block.type == "import.string":
            return build_library([Source(block.id, text)], self._rules)
        if self._rules.module_path is None:
            return None
        try:
            sources = read_module(text)
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            self._report(errors.ModuleUnread(text, reason.lower()), written.value.span)
            return None
        path = os.path.realpath(text)
        if path in self._rules.reading:
            self._report(errors.ImportCycle(text), written.value.span)
            return Library()
        inside = replace(self._rules, module_path=folder_of(text), reading=(*self._rules.reading, path))
        return build_library(sources, inside)

    def _allowed(self, block: Block, schema: ComponentSchema) -> bool:
        if schema.community and not self._rules.community:
            self._report(errors.CommunityDisabled(schema.name), block.head)
            return False
        if not self._stable_enough(schema.stability):
            fact = errors.StabilityTooLow(f"component `{schema.name}`", schema.stability, self._rules.stability)
            self._report(fact, block.head)
            return False
        return True

    def _stable_enough(self, level: str) -> bool:
        return STABILITY_LEVELS.index(level) >= STABILITY_LEVELS.index(self._rules.stability)

    def _node(self, name: str, block: Block, schema: ComponentSchema) -> Node:
        mine: list[Reference] = []
        captured: list[Reference] = []
        for one in _attributes(outside(block)):
            for traversal in traversals(one.value):
                found = self._resolve(traversal)
                if found is None:
                    self._word(traversal)
                    continue
                scope, reference = found
                scope._check_export(reference)
                (mine if scope is self else captured).append(reference)
        definer = self._definers.get(name, "")
        if definer in self._blocks:
            mine.append(Reference(definer, (), block.head))
        library = self._libraries.get(name)
        return Node(
            name,
            block,
            schema,
            (*mine, *self._from_inside[name]),
            tuple(captured),
            self._inner.get(name),
            definer,
            library.findings if library is not None else (),
        )

    def _resolve(self, traversal: Traversal) -> tuple[Scope, Reference] | None:
        """The shortest prefix that is an id, as Alloy resolves it; from a template also in the scopes around it."""
        names = traversal.names
        for length in range(1, len(names) + 1):
            if (name := ".".join(names[:length])) in self._blocks:
                export = traversal.places[length] if length < len(names) else None
                return self, Reference(name, names[length:], traversal.span, export)
        if self._place is not Place.TEMPLATE or self._parent is None:
            return None
        found = self._parent._resolve(traversal)
        if found is not None and found[0] is self._parent:
            self._parent._from_inside[self._owner].append(found[1])
        return found

    def _check_export(self, reference: Reference) -> None:
        schema = self._schema(reference.target)
        if schema is not None and not schema.open and reference.path and reference.path[0] not in schema.exports:
            fact = errors.UnknownExport(reference.target, reference.path[0], tuple(schema.exports))
            self._report(fact, reference.export)

    def _word(self, traversal: Traversal) -> None:
        """A variable, a word of the standard library, or of nothing at all."""
        name = ".".join(traversal.names)
        if self._variables is None or traversal.names[0] in self._variables:
            return
        if not stdlib.is_standard(traversal.names[0]):
            self._report(errors.UnknownReference(name, tuple(self._blocks)), traversal.span)
            return
        level = stdlib.stability(name)
        if level is not None and not self._stable_enough(level):
            fact = errors.StabilityTooLow(f"function `{name}`", level, self._rules.stability)
            self._report(fact, traversal.span)
        if name in stdlib.DEPRECATED:
            self._report(errors.DeprecatedFunction(name, stdlib.DEPRECATED[name]), traversal.span)


def build_library(sources: Sequence[Source], rules: Rules) -> Library:
    """The declares and imports of an imported text. Nothing is reported: what is wrong is a finding of the library."""
    found = Diagnostics()
    files = [parse(source, found) for source in sources]
    if found.errors:
        return Library(findings=tuple(found))
    statements = [statement for file in files for statement in file.body.statements]
    graph = Scope(statements, replace(rules, diagnostics=found), Place.LIBRARY).graph()
    library = Library(graph, tuple(found))
    return Library(findings=library.findings) if library.broken else library


def _attributes(body: Body) -> Iterator[Attribute]:
    yield from body.attributes
    for inner in body.blocks:
        yield from _attributes(inner.body)


def _label(block: Block) -> str:
    return block.label.text if block.label is not None else ""
