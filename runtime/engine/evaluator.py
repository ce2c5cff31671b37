"""Evaluates one node: its block with the values in scope becomes arguments, and arguments make or change the
component.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from compiler.diagnostics import Diagnostic, Diagnostics, Fact, Span
from compiler.evaluate import Scope, decode
from compiler.graph.model import Node
from compiler.graph.modules import open_schema
from compiler.syntax.tree import Attribute, walk
from runtime.component import ComponentError, Health, HealthState, NotYetError, Options, Services
from runtime.engine.arguments import locate, overlap, to_arguments
from runtime.engine.facts import ArgumentsRefused, StartFailed
from runtime.engine.health import health_now
from runtime.engine.instance import Instance, Values
from runtime.engine.metrics import ControllerMetrics

__all__ = ["Evaluator", "follows"]

_PREPARE_SECONDS = 5.0
"""How long one load waits for exports that come from elsewhere, of all components together."""


class Evaluator:
    """Findings go into the `diagnostics` given, each at the attribute that caused it, and into the instance's health.

    `changed` is told of every instance whose exports became others.
    """

    def __init__(
        self, services: Services, storage: Path, metrics: ControllerMetrics, changed: Callable[[Instance], None]
    ) -> None:
        self._services = services
        self._storage = storage
        self._metrics = metrics
        self._changed = changed

    def arguments(
        self, instance: Instance, node: Node, scope: Scope, diagnostics: Diagnostics
    ) -> msgspec.Struct | None:
        """The arguments that `node`'s block has now; None when it has none, with the reason reported."""
        assert instance.registration is not None
        started = time.perf_counter()
        found = Diagnostics()
        decoded = decode(node.block.body, node.schema.body, scope, found)
        arguments = None
        if not found.errors:
            try:
                arguments = to_arguments(decoded, instance.registration.arguments)
            except ComponentError as error:
                found.report(ArgumentsRefused(node.id, str(error)), locate(node.block, error.attribute))
        self.failed(instance, found)
        diagnostics.extend(found)
        self._metrics.evaluated(instance.module.id, time.perf_counter() - started)
        return arguments

    def values(
        self, instance: Instance, node: Node, scope: Scope, diagnostics: Diagnostics
    ) -> dict[str, object] | None:
        """What is written in a block without a component, by name; a custom component takes any value. None as in
        `arguments`."""
        started = time.perf_counter()
        found = Diagnostics()
        schema = open_schema(node.block) if node.definer else node.schema
        decoded = decode(node.block.body, schema.body, scope, found)
        self.failed(instance, found)
        diagnostics.extend(found)
        self._metrics.evaluated(instance.module.id, time.perf_counter() - started)
        return None if found.errors else decoded

    def failed(self, instance: Instance, found: Diagnostics) -> None:
        """The instance says of itself what is wrong, if anything is."""
        for problem in found.errors:
            reason = f"decoding configuration: {problem.span}: {problem.message}"
            instance.evaluation_health = health_now(HealthState.UNHEALTHY, f"component evaluation failed: {reason}")

    def look(
        self, node: Node, scope: Scope, gaps: Sequence[Span], diagnostics: Diagnostics
    ) -> dict[str, object] | None:
        """What is written in the block of a node that cannot be evaluated yet, without a value or with a zero value where one
        of the `gaps` is. None when something else is wrong, with the reason reported."""
        found = Diagnostics()
        decoded = decode(node.block.body, node.schema.body, scope, found)
        values = [item.value.span for item in walk(node.block.body) if isinstance(item, Attribute)]
        unknown = [value for value in values if any(overlap(value, gap) for gap in gaps)]
        wrong = [finding for finding in found if not follows(finding, unknown)]
        diagnostics.extend(wrong)
        return None if Diagnostics(wrong).errors else decoded

    def export(self, instance: Instance, exports: Values | None, lacking: str = "") -> None:
        """New exports; equal ones are ignored."""
        if instance.lacking != lacking or not _same(instance.exports, exports):
            instance.exports, instance.lacking = exports, lacking
            self.touch(instance)

    def wait(self, instance: Instance, lacking: str) -> None:
        """The instance is not evaluated, because the component `lacking` has nothing to export yet."""
        keeps = instance.arguments is not None
        instance.evaluation_health = health_now(
            HealthState.UNHEALTHY,
            f"waits for `{lacking}`, which has nothing to export yet"
            + (", and keeps its old arguments" if keeps else ""),
        )
        if not keeps:
            self.lack(instance, lacking)

    def lack(self, instance: Instance, lacking: str) -> None:
        if instance.lacking != lacking:
            instance.lacking = lacking
            self.touch(instance)

    def forget(self, module_id: str) -> None:
        self._metrics.forget(module_id)

    def touch(self, instance: Instance) -> None:
        """What refers to the instance is to be evaluated again."""
        instance.version += 1
        self._changed(instance)

    def build(self, instance: Instance, node: Node, arguments: msgspec.Struct, diagnostics: Diagnostics) -> bool:
        """Make the component, which may export already; False when it refuses."""
        options = instance.options = self._options(instance)
        instance.reported_health = None
        assert instance.registration is not None
        try:
            component = instance.registration.build(options, arguments)
        except Exception as error:  # a component is a stranger here, its faults stay its own
            self._refused(instance, node, error, "building component", diagnostics)
            return False
        instance.component = component
        self.accept(instance, arguments)
        self.lack(instance, "")
        return True

    async def prepare(self, instance: Instance, node: Node, began: float, diagnostics: Diagnostics) -> bool:
        """Get what a component exports for its arguments, in a load that `began` (monotonic); False when it fails."""
        assert instance.component is not None
        try:
            async with asyncio.timeout(max(0.0, began + _PREPARE_SECONDS - time.monotonic())):
                await instance.component.prepare()
        except NotYetError as error:
            self._has_none(instance, str(error))
        except TimeoutError:
            self._has_none(instance, f"nothing came within {_PREPARE_SECONDS:g}s, it goes on trying")
        except Exception as error:  # as in `build`
            self._refused(instance, node, error, "preparing component", diagnostics)
            return False
        return True

    async def update(
        self,
        instance: Instance,
        node: Node,
        arguments: msgspec.Struct,
        gaps: Mapping[str, str],
        began: float,
        diagnostics: Diagnostics,
    ) -> bool:
        """Give new arguments to the component; False when it refuses them and keeps the old ones. `began` as in `prepare`.

        A component that waits to be started again is not asked: its next start has the new arguments, at once.
        """
        before, instance.gaps = instance.gaps, gaps
        if instance.waiting or instance.component is None:
            self.accept(instance, arguments)
            instance.retry.set()
            return True
        try:
            await instance.component.update(arguments)
        except Exception as error:  # as in `build`
            instance.gaps = before
            self._refused(instance, node, error, "updating component", diagnostics)
            return False
        self.accept(instance, arguments)
        return await self.prepare(instance, node, began, diagnostics)

    def unchanged(self, instance: Instance) -> None:
        """The arguments are what they were: an earlier complaint about them is over."""
        if instance.evaluation_health.state != HealthState.HEALTHY:
            instance.evaluation_health = _evaluated(instance)

    def accept(self, instance: Instance, arguments: Values) -> None:
        instance.arguments = arguments
        instance.evaluation_health = _evaluated(instance)

    def _has_none(self, instance: Instance, reason: str) -> None:
        instance.reported_health = health_now(HealthState.UNHEALTHY, reason)
        instance.logger.warning(
            "component has nothing to export yet, who refers to it waits", extra={"fields": {"err": reason}}
        )
        self.lack(instance, instance.id)

    def _refused(self, instance: Instance, node: Node, error: Exception, doing: str, diagnostics: Diagnostics) -> None:
        reason = str(error) or type(error).__name__
        instance.evaluation_health = health_now(
            HealthState.UNHEALTHY, f"component evaluation failed: {doing}: {reason}"
        )
        fact: Fact
        if isinstance(error, ComponentError):
            fact, span = ArgumentsRefused(node.id, reason), locate(node.block, error.attribute)
        else:
            fact, span = StartFailed(node.id, f"{type(error).__name__}: {reason}"), node.block.head
            instance.logger.error("component failed while %s", doing, exc_info=error)
        diagnostics.report(fact, span)

    def _options(self, instance: Instance) -> Options:
        """A new build gets new options: what an object of an earlier build still says is not heard any more."""

        def export(exports: msgspec.Struct) -> None:
            if instance.options is options:
                if instance.lacking == instance.id:
                    # The complaint was that there were none.
                    instance.reported_health = None
                self.export(instance, exports)

        def set_health(state: str, message: str) -> None:
            if instance.options is options:
                instance.reported_health = health_now(state, message)

        options = Options(
            id=instance.id,
            data_path=self._storage / instance.id,
            logger=instance.logger,
            export=export,
            set_health=set_health,
            services=self._services,
            lacking=lambda: instance.gaps,
        )
        return options


def follows(finding: Diagnostic, gaps: Sequence[Span]) -> bool:
    """Whether a finding stands where a value comes from a component that has none: it is no finding of its own."""
    span = finding.span
    return span is not None and any(overlap(span, gap) for gap in gaps)


def _evaluated(instance: Instance) -> Health:
    if not instance.gaps:
        return health_now(HealthState.HEALTHY, "component evaluated")
    path, lacking = next(iter(instance.gaps.items()))
    more = f" (and {len(instance.gaps) - 1} more)" if len(instance.gaps) > 1 else ""
    return health_now(HealthState.UNHEALTHY, f"`{path}`{more} waits for `{lacking}`, which has nothing to export yet")


def _same(left: object, right: object) -> bool:
    """Equality of the language: true is not 1."""
    match left, right:
        case (bool(), _) | (_, bool()):
            return left is right
        case list(), list():
            return len(left) == len(right) and all(map(_same, left, right))
        case dict(), dict():
            return left.keys() == right.keys() and all(_same(value, right[name]) for name, value in left.items())
        case _:
            return left == right
