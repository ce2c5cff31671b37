"""Runs components: one task each, started again when it fails, stopped in order."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Sequence

from runtime.backoff import Backoff
from runtime.component import HealthState
from runtime.engine.health import health_now
from runtime.engine.instance import Instance

__all__ = ["Scheduler"]

_KILL_SECONDS = (5.0, 1.0)
"""How long a cancelled task may take to give back what it holds, before it is cancelled once more and then given up."""


class Scheduler:
    """Every task belongs to `group`. `rebuild` makes a failed component anew from its arguments and says whether that
    worked; `backoff` is how long a component that fails waits for it, from its first delay again once the component has
    worked for the longest.
    """

    def __init__(
        self, group: asyncio.TaskGroup, rebuild: Callable[[Instance], bool], deadline: float, backoff: Backoff
    ) -> None:
        self._group = group
        self._rebuild = rebuild
        self._deadline = deadline
        self._backoff = backoff
        self._forced = asyncio.Event()
        self.stuck: list[str] = []
        """Ids of components that did not end when they were cancelled."""

    def start(self, instance: Instance) -> None:
        """What has no component has nothing to run by itself; its modules start their own. Who waits for another's exports
        is not built yet."""
        if instance.component is None and instance.registration is not None:
            return
        if instance.component is None:
            instance.run_health = health_now(HealthState.HEALTHY, "started component")
            return
        instance.task = self._group.create_task(self._supervise(instance), name=instance.id)

    async def stop(self, instances: Sequence[Instance], dependants: Callable[[Instance], Sequence[Instance]]) -> None:
        """Stop `instances`, each once its dependants among them have stopped; what does not depend on one another stops
        at the same time. `dependants` gives who refers to an instance directly.
        """
        stopped = {instance: asyncio.Event() for instance in instances}

        async def stop_after(instance: Instance) -> None:
            for dependant in dependants(instance):
                if dependant in stopped and dependant is not instance:
                    await stopped[dependant].wait()
            await self._stop(instance)
            stopped[instance].set()

        async with asyncio.TaskGroup() as group:
            for instance in instances:
                group.create_task(stop_after(instance), name=f"stop {instance.id}")

    def force(self) -> None:
        """Wait for nothing any more: what is draining is cut off."""
        self._forced.set()

    async def _supervise(self, instance: Instance) -> None:
        delays = self._backoff.delays()
        clock = asyncio.get_running_loop().time
        while True:
            assert instance.component is not None
            instance.run_health = health_now(HealthState.HEALTHY, "started component")
            began = clock()
            try:
                await instance.component.run()
            except asyncio.CancelledError:
                # A component whose own inner task was cancelled has failed; only a cancelled supervisor ends.
                task = asyncio.current_task()
                if task is not None and task.cancelling():
                    raise
                reason = "cancelled from inside"
            except Exception as error:  # one component's fault must not reach its neighbours
                reason = _reason(error)
                instance.logger.error("component failed", exc_info=error)
            else:
                instance.run_health = health_now(HealthState.EXITED, "component shut down cleanly")
                instance.logger.info("component exited")
                return
            if clock() - began > self._backoff.longest:
                delays = self._backoff.delays()
            await self._restart(instance, reason, delays)

    async def _restart(self, instance: Instance, reason: str, delays: Iterator[float]) -> None:
        instance.waiting = True
        try:
            while True:
                delay = next(delays)
                instance.run_health = health_now(
                    HealthState.UNHEALTHY, f"component failed: {reason}; it is started again after {delay:.1f}s"
                )
                instance.retry.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(delay):
                        await instance.retry.wait()
                if self._rebuild(instance):
                    return
                reason = instance.evaluation_health.message
        finally:
            instance.waiting = False

    async def _stop(self, instance: Instance) -> None:
        for module in instance.modules.values():
            await module.stop()
        task = instance.task
        if task is None:
            return
        if not task.done() and not instance.waiting and instance.component is not None:
            await self._drain(instance)
        for seconds in _KILL_SECONDS:
            task.cancel()
            done, _ = await asyncio.wait({task}, timeout=seconds)
            if done:
                break
        instance.task = None
        if task.done():
            instance.run_health = health_now(HealthState.EXITED, "component shut down cleanly")
            instance.logger.debug("component stopped")
        else:
            self.stuck.append(instance.id)
            instance.logger.error("component does not stop")

    async def _drain(self, instance: Instance) -> None:
        assert instance.component is not None
        draining = asyncio.ensure_future(instance.component.drain())
        forced = asyncio.ensure_future(self._forced.wait())
        try:
            done, _ = await asyncio.wait(
                {draining, forced}, timeout=self._deadline, return_when=asyncio.FIRST_COMPLETED
            )
            if draining not in done:
                instance.logger.warning("component is stopped before it has drained")
        finally:
            draining.cancel()
            forced.cancel()
            results = await asyncio.gather(draining, forced, return_exceptions=True)
        if isinstance(results[0], Exception):
            instance.logger.error("component failed while draining", exc_info=results[0])


def _reason(error: BaseException) -> str:
    """The first error that is no group: what a person wants to read."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error) or type(error).__name__
