"""Evaluates one node of a module: a component, a module's argument or export, or what has modules inside."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from compiler.diagnostics import Diagnostics
from compiler.evaluate import Scope
from compiler.graph.library import Library
from compiler.graph.model import Node
from runtime.component import ComponentError, HealthState
from runtime.engine.arguments import paths_of, to_arguments
from runtime.engine.change import Around, Change, Inside
from runtime.engine.health import health_now
from runtime.engine.imports import ImportExports
from runtime.engine.inside import Part, custom_part, foreach_parts
from runtime.engine.instance import Instance
from runtime.engine.supported import check_supported

if TYPE_CHECKING:
    from runtime.engine.module import Module

__all__ = ["evaluate_node"]


async def evaluate_node(
    module: Module, instance: Instance, node: Node, change: Change, diagnostics: Diagnostics
) -> bool:
    """What `node` says becomes arguments, exports and modules inside of `instance`, as part of `change`. False when it
    failed, with the reason reported."""
    if node.type == "declare":
        if module.versions(node) != instance.seen:
            module.machinery.evaluator.touch(instance)
        module.machinery.evaluator.lack(instance, module.lacking(node))
        return True
    scope = module.scope(node)
    if lacking := module.lacking(node):
        return await _waiting(module, instance, node, scope, lacking, change, diagnostics)
    if instance.registration is None:
        return await _values(module, instance, node, scope, change, diagnostics)
    if not await _component(module, instance, node, scope, change, diagnostics):
        return False
    if not node.is_import or instance.exports is None:
        return True
    return await _import(module, instance, change, diagnostics)


async def _waiting(
    module: Module,
    instance: Instance,
    node: Node,
    scope: Scope,
    lacking: str,
    change: Change,
    diagnostics: Diagnostics,
) -> bool:
    """What refers to something that is not there yet, because the component `lacking` has nothing to export. It is left as it
    is, unless it can do without."""
    evaluator, registration = module.machinery.evaluator, instance.registration
    evaluator.wait(instance, lacking)
    if registration is None:
        return True
    references = [(one.span, module.view.instances[one.target].lacking) for one in node.references]
    missing = [(span, lacks) for span, lacks in references if lacks]
    decoded = evaluator.look(node, scope, [span for span, _ in missing], diagnostics)
    if decoded is None:
        return False
    body, schema = node.block.body, node.schema.body
    gaps = {path: lacks for span, lacks in missing for path in paths_of(span, body, schema)}
    was_complete = instance.component is not None and not instance.gaps
    if was_complete or not all(map(registration.defers, gaps)):
        return True
    found = Diagnostics()
    try:
        arguments = to_arguments(decoded, registration.arguments)
    except ComponentError:
        return True
    if not await _take(module, instance, node, arguments, gaps, change, found):
        # What it refuses may be right when the values are there.
        evaluator.wait(instance, lacking)
    return True


async def _component(
    module: Module, instance: Instance, node: Node, scope: Scope, change: Change, diagnostics: Diagnostics
) -> bool:
    arguments = module.machinery.evaluator.arguments(instance, node, scope, diagnostics)
    return arguments is not None and await _take(module, instance, node, arguments, {}, change, diagnostics)


async def _take(
    module: Module,
    instance: Instance,
    node: Node,
    arguments: msgspec.Struct,
    gaps: Mapping[str, str],
    change: Change,
    diagnostics: Diagnostics,
) -> bool:
    """`arguments` become those of the component, which is built if it is new."""
    evaluator = module.machinery.evaluator
    if instance.component is None:
        instance.gaps = gaps
        if not evaluator.build(instance, node, arguments, diagnostics):
            return False
        if await evaluator.prepare(instance, node, change.began, diagnostics):
            return True
        instance.discard()
        return False
    if (arguments, gaps) == (instance.arguments, instance.gaps):
        evaluator.unchanged(instance)
    elif not change.looking:
        # After an error nothing that runs is touched any more, the rest is only looked at.
        change.updated.append(instance)
        return await evaluator.update(instance, node, arguments, gaps, change.began, diagnostics)
    return True


async def _values(
    module: Module, instance: Instance, node: Node, scope: Scope, change: Change, diagnostics: Diagnostics
) -> bool:
    """What has no component of its own."""
    evaluator = module.machinery.evaluator
    values = evaluator.values(instance, node, scope, diagnostics)
    if values is None:
        return False
    parts: list[Part] = []
    before = len(diagnostics)
    match node.type:
        case "argument":
            evaluator.export(instance, {"value": module.around.given.get(node.label, values.get("default"))})
        case "export":
            evaluator.export(instance, {"value": values["value"]})
        case "foreach":
            parts += foreach_parts(node, instance.id, module, values)
        case _:
            part = custom_part(node, instance.id, module, values, diagnostics)
            parts += [part] if part is not None else []
    if len(diagnostics) > before or not await _inside(module, instance, parts, change, diagnostics):
        evaluator.failed(instance, Diagnostics(diagnostics.found[before:]))
        return False
    if node.definer:
        instance.modules[instance.id].publish(instance)
    evaluator.accept(instance, values)
    return True


async def _import(module: Module, instance: Instance, change: Change, diagnostics: Diagnostics) -> bool:
    """Broken content leaves the library as it was; of a new import, nothing can be used."""
    assert isinstance(instance.exports, ImportExports), "an import exports its content when it is built"
    library, before = module.machinery.library(instance.exports), instance.library
    if reason := _fault(module, instance, library):
        instance.reported_health = health_now(HealthState.UNHEALTHY, f"module content is broken: {reason}")
        instance.logger.warning("module content is broken", extra={"fields": {"err": reason}})
        library = before if before is not None else Library()
    elif before is not None:
        instance.reported_health = health_now(HealthState.HEALTHY, "module content loaded")
    folder = instance.exports.folder
    scope = Scope({"module_path": folder}, module.around.scope) if folder is not None else module.around.scope
    part = Part(instance.id, library.graph, Around(scope))
    return await _inside(module, instance, [part], change, diagnostics, library)


def _fault(module: Module, instance: Instance, library: Library) -> str:
    """Why nothing of the content can be used; empty when it can."""
    again = sorted(_names(instance) & {name for one in _importing(module) for name in _names(one)})
    if again:
        return f"module `{again[0]}` imports itself"
    if library.broken:
        return f"{library.broken[0].span}: {library.broken[0].message}"
    if instance.node.type == "import.http":
        for node in library.graph.nodes.values():
            if node.type == "import.file":
                return f"{node.block.head}: what comes from a server must not import files, use `import.http`"
    return ""


def _importing(module: Module) -> Iterator[Instance]:
    """The imports that the module's text comes from."""
    around: Module | None = module
    while around is not None:
        owner = around.owner
        if owner is not None and owner.node.is_import:
            yield owner
        around = around.around.parent or (owner.module if owner is not None else None)


def _names(importing: Instance) -> set[str]:
    """The files that an import reads; a text in the configuration is none."""
    exports = importing.exports
    if not isinstance(exports, ImportExports) or exports.folder is None:
        return set()
    return {os.path.realpath(name) for name, _ in exports.texts}


async def _inside(
    module: Module,
    instance: Instance,
    parts: Sequence[Part],
    change: Change,
    diagnostics: Diagnostics,
    library: Library | None = None,
) -> bool:
    inside = Inside(instance, instance.modules, instance.library, [])
    change.inside.append(inside)
    instance.modules = {
        part.module_id: instance.modules.get(part.module_id) or module.child(part.module_id, part.around, instance)
        for part in parts
    }
    instance.library = library
    before = len(diagnostics.errors)
    for part in parts:
        child = instance.modules[part.module_id]
        if part.graph is not child.graph:
            check_supported(part.graph, module.machinery.find, diagnostics)
        if len(diagnostics.errors) > before:
            return False
        one = child.begin(part.graph, part.around)
        one.looking, one.began = change.looking, change.began
        inside.changes.append(one)
        await child.evaluate(one, diagnostics)
    return len(diagnostics.errors) == before
