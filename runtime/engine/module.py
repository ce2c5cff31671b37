"""One running graph: the root, or the inside of a custom component, which is the same thing again with an id before its
own ids and a scope around its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from compiler.diagnostics import DiagnosticError, Diagnostics
from compiler.evaluate import Scope
from compiler.graph.library import Library
from compiler.graph.model import Graph, Node
from runtime.engine.change import Around, Change, View, before_change
from runtime.engine.dependencies import EMPTY_GRAPH, Dependencies
from runtime.engine.evaluator import Evaluator, follows
from runtime.engine.imports import ImportExports
from runtime.engine.instance import Instance
from runtime.engine.nodes import evaluate_node
from runtime.engine.plan import Plan, make_plan
from runtime.engine.scheduler import Scheduler
from runtime.engine.scope import scope_of
from runtime.engine.supported import Find, has_component

__all__ = ["Machinery", "Module"]


@dataclass(frozen=True, slots=True)
class Machinery:
    """What all modules of a process share. `library` makes the graph of an import's content."""

    evaluator: Evaluator
    scheduler: Scheduler
    find: Find
    library: Callable[[ImportExports], Library]


class Module:
    """`id` is empty for the root. `graph` is what runs; it changes only in `commit`, and only as a whole. `view` is what
    evaluations see: the same, or the graph of a change that is being evaluated. `owner` is the instance whose inside
    this is."""

    def __init__(self, module_id: str, around: Around, machinery: Machinery, owner: Instance | None = None) -> None:
        self.id = module_id
        self.around = around
        self.owner = owner
        self.graph = EMPTY_GRAPH
        self.dependencies = Dependencies(EMPTY_GRAPH)
        self.instances: dict[str, Instance] = {}
        self.view = View(self.graph, self.instances)
        self.machinery = machinery
        self._evaluator = machinery.evaluator
        self._stopped = False

    async def apply(self, graph: Graph, diagnostics: Diagnostics) -> Plan:
        """Make `graph` the running one: all of it, or nothing.

        Everything is evaluated first, in dependency order: new components are built but do not run yet, those that
        are there already are updated where their arguments changed. When one refuses, those updated before it get
        their old arguments back, and `DiagnosticError` is raised with all errors; the old graph has gone on all the
        time. Otherwise what was removed is stopped (sources first) and what was added is started (sinks first).

        Differs from Alloy, which keeps a graph of which only a part could be applied.
        """
        change = self.begin(graph, self.around)
        try:
            await self.evaluate(change, diagnostics)
            diagnostics.raise_errors()
        except (DiagnosticError, asyncio.CancelledError):
            await self.roll_back(change)
            raise
        await self.commit(change)
        return change.plan

    def begin(self, graph: Graph, around: Around) -> Change:
        """A change to `graph`, to be evaluated and then either committed or rolled back."""
        before = {i: before_change(i) for i in self.instances.values()}
        wanted = {n: self.instances.get(n) or self._instance(graph.nodes[n]) for n in graph.order}
        change = Change(self, make_plan(self.graph, graph), View(graph, wanted), self.around, before)
        self.view, self.around = change.view, around
        return change

    async def evaluate(self, change: Change, diagnostics: Diagnostics) -> None:
        """Evaluate every node in dependency order; what is wrong is reported, and what depends on it passed over."""
        graph, wanted = change.view.graph, change.view.instances
        failed: set[str] = set()
        for node_id in graph.order:
            node, instance = graph.nodes[node_id], wanted[node_id]
            missing = [reference.span for reference in node.references if reference.target in failed]
            if missing and not has_component(node):
                failed.add(node_id)
                continue
            versions, found = self.versions(node), Diagnostics()
            good = await evaluate_node(self, instance, node, change, found)
            instance.seen = versions
            diagnostics.extend(finding for finding in found if not follows(finding, missing))
            if missing or not good:
                failed.add(node_id)
            change.looking = change.looking or bool(failed)

    async def roll_back(self, change: Change) -> None:
        for node_id in change.plan.added:
            change.view.instances[node_id].options = None
        for inside in reversed(change.inside):
            await inside.roll_back()
        for instance, state in change.before.items():
            instance.lacking = state.lacking
            if not state.built:
                instance.discard()
        for instance in reversed(change.updated):
            old, gaps = change.before[instance].arguments, change.before[instance].gaps
            if not isinstance(old, msgspec.Struct) or (instance.arguments, instance.gaps) == (old, gaps):
                continue
            if not await self._evaluator.update(instance, instance.node, old, gaps, time.monotonic(), Diagnostics()):
                instance.logger.error("component does not take its old arguments back")
        for instance, state in change.before.items():
            if instance.registration is None:
                instance.arguments = state.arguments
                self._evaluator.export(instance, state.exports, state.lacking)
            instance.seen, instance.evaluation_health = state.seen, state.evaluation
        self.view, self.around = View(self.graph, self.instances), change.around

    async def commit(self, change: Change) -> None:
        old, old_dependencies = self.instances, self.dependencies
        graph, wanted = change.view.graph, change.view.instances
        self.graph, self.dependencies, self.instances = graph, Dependencies(graph), wanted
        for node_id, instance in wanted.items():
            instance.node = graph.nodes[node_id]
        removed = [old[node_id] for node_id in change.plan.removed]
        await self.machinery.scheduler.stop(removed, _dependants(old_dependencies, old))
        for instance in removed:
            instance.options = None
        added = set(change.plan.added)
        inside = {one.instance: one for one in change.inside}
        for node_id, instance in wanted.items():
            if node_id in added or instance.idle:
                self.machinery.scheduler.start(instance)
            if instance in inside:
                await inside[instance].commit()

    async def take_up(self, changed: Iterable[Instance]) -> None:
        """Evaluate again whoever refers directly to one of `changed` and has not seen its newest exports."""
        if self._stopped:
            return
        ids = {i.local_id for i in changed if self.instances.get(i.local_id) is i}
        imports = [node_id for node_id in ids if self.graph.nodes[node_id].is_import]
        for node_id in imports:
            await self._evaluate_again(self.instances[node_id])
        dependants = {dependant for node_id in ids for dependant in self.dependencies.dependants(node_id)}
        for node_id in self.dependencies.in_order(dependants):
            instance = self.instances[node_id]
            if self.versions(instance.node) != instance.seen:
                await self._evaluate_again(instance)
        if self.owner is None:
            return
        if self.owner.node.definer:
            self.publish(self.owner)
        elif self.owner.node.is_import and ids:
            self._evaluator.touch(self.owner)

    async def stop(self) -> None:
        """Stop everything, sources first."""
        self._stopped = True
        running, dependencies = self.instances, self.dependencies
        order = [running[node_id] for node_id in dependencies.stop_order(running)]
        await self.machinery.scheduler.stop(order, _dependants(dependencies, running))
        if self.owner is not None:
            self._evaluator.forget(self.id)

    @property
    def metered(self) -> bool:
        """Whether the metrics of what runs here are shown: those of a foreach's items only with `enable_metrics`."""
        if self.owner is None:
            return True
        if self.owner.node.type != "foreach":
            return self.owner.module.metered
        arguments = self.owner.arguments
        return isinstance(arguments, Mapping) and bool(arguments.get("enable_metrics")) and self.owner.module.metered

    def child(self, module_id: str, around: Around, owner: Instance) -> Module:
        return Module(module_id, around, self.machinery, owner)

    def scope(self, node: Node) -> Scope:
        """The values that the expressions of `node` see."""
        exported = {target: self._outwards(target).exported for target in _targets(node)}
        return scope_of(exported, self.around.scope)

    def versions(self, node: Node) -> dict[str, int]:
        """Of what `node` refers to, as it is now."""
        return {reference.target: self.view.instances[reference.target].version for reference in node.references}

    def lacking(self, node: Node) -> str:
        """The component that has nothing to export yet and that `node` therefore waits for; empty when it need not."""
        for reference in node.references:
            target = self.view.instances[reference.target]
            if target.lacking:
                return target.lacking
            if target.node.is_import and (library := target.modules.get(target.id)) is not None:
                declare = library.view.instances.get(f"declare.{node.type.partition('.')[2]}")
                if declare is not None and declare.lacking:
                    return declare.lacking
        return ""

    def publish(self, owner: Instance) -> None:
        """What the module exports becomes what the custom component exports."""
        exporting = [i for i in self.view.instances.values() if i.node.type == "export"]
        values = {i.node.label: i.exported.get("value") for i in exporting}
        self._evaluator.export(owner, values, next((i.lacking for i in exporting if i.lacking), ""))

    async def _evaluate_again(self, instance: Instance) -> None:
        node, found, versions = instance.node, Diagnostics(), self.versions(instance.node)
        change = Change(self, Plan(), self.view, self.around, {})
        try:
            await evaluate_node(self, instance, node, change, found)
            found.raise_errors()
        except (DiagnosticError, asyncio.CancelledError) as error:
            for inside in reversed(change.inside):
                await inside.roll_back()
            if isinstance(error, asyncio.CancelledError):
                raise
        else:
            for inside in change.inside:
                await inside.commit()
        if instance.idle:
            self.machinery.scheduler.start(instance)
        instance.seen = versions
        if found.errors and instance.lacking:
            self._evaluator.lack(instance, instance.id)
        for problem in found.errors:
            fields = {"at": str(problem.span), "err": problem.message}
            instance.logger.error("component keeps its old arguments", extra={"fields": fields})

    def _outwards(self, node_id: str) -> Instance:
        """The instance here or, for what a template captures, in the modules around."""
        module: Module | None = self
        while module is not None and node_id not in module.view.instances:
            module = module.around.parent
        assert module is not None, "the graph's references point to nodes"
        return module.view.instances[node_id]

    def _instance(self, node: Node) -> Instance:
        registration = self.machinery.find(node.type) if has_component(node) else None
        assert registration is not None or not has_component(node), "the loader checks what the runtime has"
        return Instance(node, registration, self)


def _targets(node: Node) -> list[str]:
    return list(dict.fromkeys(reference.target for reference in (*node.references, *node.captured)))


def _dependants(dependencies: Dependencies, instances: dict[str, Instance]) -> Callable[[Instance], Sequence[Instance]]:
    return lambda instance: [instances[node_id] for node_id in dependencies.dependants(instance.local_id)]
