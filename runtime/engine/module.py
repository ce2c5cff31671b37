"""One running graph: the root, or the inside of a custom component, which is the same thing again with an id before its
own ids and a scope around its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import msgspec

from compiler.diagnostics import Diagnostic, DiagnosticError, Diagnostics, Span
from compiler.evaluate import Scope
from compiler.graph.model import Graph, Node
from runtime.component import Health
from runtime.engine.dependencies import EMPTY_GRAPH, Dependencies
from runtime.engine.evaluator import Evaluator
from runtime.engine.instance import Instance
from runtime.engine.plan import Plan, make_plan
from runtime.engine.scheduler import Scheduler
from runtime.engine.scope import scope_of
from runtime.engine.supported import Find

__all__ = ["Module"]


@dataclass(frozen=True, slots=True)
class _Before:
    """What an instance was when a reload began, to go back to."""

    arguments: msgspec.Struct | None
    seen: dict[str, int]
    evaluation: Health


class Module:
    """`id` is empty for the root. `graph` is what runs; it changes only in `apply`, and only as a whole."""

    def __init__(self, module_id: str, scope: Scope, evaluator: Evaluator, scheduler: Scheduler, find: Find) -> None:
        self.id = module_id
        self.graph = EMPTY_GRAPH
        self.dependencies = Dependencies(EMPTY_GRAPH)
        self.instances: dict[str, Instance] = {}
        self._scope = scope
        self._evaluator = evaluator
        self._scheduler = scheduler
        self._find = find

    async def apply(self, graph: Graph, diagnostics: Diagnostics) -> Plan:
        """Make `graph` the running one: all of it, or nothing.

        Everything is evaluated first, in dependency order: new components are built but do not run yet, those that
        are there already are updated where their arguments changed. When one refuses, those updated before it get
        their old arguments back, and `DiagnosticError` is raised with all errors; the old graph has gone on all the
        time. Otherwise what was removed is stopped (sources first) and what was added is started (sinks first).

        Differs from Alloy, which keeps a graph of which only a part could be applied.
        """
        plan = make_plan(self.graph, graph)
        wanted = {
            node_id: self.instances.get(node_id) or self._instance(graph.nodes[node_id]) for node_id in graph.order
        }
        before = {i: _Before(i.arguments, i.seen, i.evaluation_health) for i in self.instances.values()}
        updated: list[Instance] = []
        try:
            await self._evaluate(graph, wanted, updated, diagnostics)
            diagnostics.raise_errors()
        except (DiagnosticError, asyncio.CancelledError):
            await self._roll_back(before, updated, [wanted[node_id] for node_id in plan.added])
            raise
        await self._commit(graph, wanted, plan)
        return plan

    async def take_up(self, changed: Iterable[Instance]) -> None:
        """Evaluate again whoever refers directly to one of `changed` and has not seen its newest exports."""
        ids = {i.local_id for i in changed if self.instances.get(i.local_id) is i}
        dependants = {dependant for node_id in ids for dependant in self.dependencies.dependants(node_id)}
        for node_id in self.dependencies.in_order(dependants):
            instance = self.instances[node_id]
            versions = self._versions(instance.node, self.instances)
            if versions != instance.seen:
                instance.seen = versions
                await self._evaluate_again(instance)

    async def stop(self) -> None:
        """Stop everything, sources first."""
        running, dependencies = self.instances, self.dependencies
        order = [running[node_id] for node_id in dependencies.stop_order(running)]
        await self._scheduler.stop(order, _dependants(dependencies, running))

    async def _evaluate(
        self, graph: Graph, wanted: dict[str, Instance], updated: list[Instance], diagnostics: Diagnostics
    ) -> None:
        failed: set[str] = set()
        for node_id in graph.order:
            node, instance = graph.nodes[node_id], wanted[node_id]
            instance.seen = self._versions(node, wanted)
            found = Diagnostics()
            arguments = self._evaluator.arguments(instance, node, scope_of(node, wanted, self._scope), found)
            if arguments is None:
                pass
            elif instance.component is None:
                self._evaluator.build(instance, node, arguments, found)
            elif arguments == instance.arguments:
                self._evaluator.unchanged(instance)
            elif not diagnostics.errors:
                # After an error nothing that runs is touched any more, the rest is only looked at.
                updated.append(instance)
                await self._evaluator.update(instance, node, arguments, found)
            missing = [reference.span for reference in node.references if reference.target in failed]
            diagnostics.extend(finding for finding in found if not _follows(finding, missing))
            if found.errors or missing:
                failed.add(node_id)

    async def _roll_back(
        self, before: dict[Instance, _Before], updated: Sequence[Instance], discarded: Sequence[Instance]
    ) -> None:
        for instance in discarded:
            instance.options = None
        for instance in reversed(updated):
            old = before[instance].arguments
            if old is not None and instance.arguments != old:
                found = Diagnostics()
                if not await self._evaluator.update(instance, instance.node, old, found):
                    instance.logger.error("component does not take its old arguments back")
        for instance, state in before.items():
            instance.seen, instance.evaluation_health = state.seen, state.evaluation

    async def _commit(self, graph: Graph, wanted: dict[str, Instance], plan: Plan) -> None:
        old, old_dependencies = self.instances, self.dependencies
        self.graph, self.dependencies, self.instances = graph, Dependencies(graph), wanted
        for node_id, instance in wanted.items():
            instance.node = graph.nodes[node_id]
        await self._scheduler.stop([old[node_id] for node_id in plan.removed], _dependants(old_dependencies, old))
        for node_id in plan.removed:
            old[node_id].options = None
        for node_id in plan.added:
            self._scheduler.start(wanted[node_id])

    async def _evaluate_again(self, instance: Instance) -> None:
        node, found = instance.node, Diagnostics()
        scope = scope_of(node, self.instances, self._scope)
        arguments = self._evaluator.arguments(instance, node, scope, found)
        if arguments == instance.arguments:
            self._evaluator.unchanged(instance)
        elif arguments is not None:
            await self._evaluator.update(instance, node, arguments, found)
        for error in found.errors:
            fields = {"at": str(error.span), "err": error.message}
            instance.logger.error("component keeps its old arguments", extra={"fields": fields})

    def _instance(self, node: Node) -> Instance:
        registration = self._find(node.type)
        assert registration is not None, "the loader checks that the runtime has all components"
        return Instance(node, registration, self)

    @staticmethod
    def _versions(node: Node, instances: dict[str, Instance]) -> dict[str, int]:
        return {reference.target: instances[reference.target].version for reference in node.references}


def _dependants(dependencies: Dependencies, instances: dict[str, Instance]) -> Callable[[Instance], Sequence[Instance]]:
    return lambda instance: [instances[node_id] for node_id in dependencies.dependants(instance.local_id)]


def _follows(finding: Diagnostic, missing: Sequence[Span]) -> bool:
    """Whether a finding stands where a value comes from a component that failed: it is no finding of its own."""
    span = finding.span
    return span is not None and any(span.start < gap.end and gap.start < span.end for gap in missing)
