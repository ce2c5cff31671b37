"""loki.process"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import msgspec

from runtime.component import Component, Options
from runtime.pause import happens
from runtime.registry import component
from runtime.signals.logs import LogBatch, LogsReceiver
from runtime.signals.receivers import Receiver, fan_out
from runtime.stages.frame import Frame
from runtime.stages.pipeline import Pipeline
from runtime.stages.stage import Context, find


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    """`stage` holds every `stage.*` block in the written order: its name without `stage.`, and its body."""

    forward_to: list[LogsReceiver | None]
    stage: list[tuple[str, dict[str, Any]]] = []


class Exports(msgspec.Struct, frozen=True):
    receiver: LogsReceiver


def _supports(path: str) -> bool:
    """Whether the argument or block at `path` (`stage.match.stage.json.source`) is honoured."""
    head, _, rest = path.partition(".")
    if head != "stage":
        return True
    name, _, inner = rest.partition(".")
    registration = find(name)
    if registration is None:
        return False
    if not inner:
        return True
    return _supports(inner) if inner.startswith("stage.") else registration.honours(inner)


@component("loki.process", arguments=Arguments, exports=Exports, supports=_supports)
class Process(Component[Arguments]):
    """Runs every entry through its stages, in the written order, and forwards what comes out.

    Stages work on whole batches. Changed stages are built anew and lose what they remembered, as in Alloy; what they held
    back is sent on. An entry that makes a stage fail passes that stage unchanged, is counted in
    `kmon_process_stage_errors_total`, and logged when it is the first of its kind.
    """

    def __init__(self, options: Options, arguments: Arguments) -> None:
        super().__init__(options, arguments)
        self._account = options.services.ledger.account(options.id)
        self._context = Context(self._account, options.metrics, options.logger)
        self._pipeline = Pipeline(arguments.stage, self._context)
        self._replaced: list[Pipeline] = []
        # Only now: a pipeline that is refused holds nothing.
        self._account.held = self._held
        self._lock = asyncio.Lock()
        self._woken = asyncio.Event()
        self._receiver = Receiver(self.push, options.id)
        options.export(Exports(self._receiver))

    def _held(self) -> int:
        return sum(pipeline.held() for pipeline in (self._pipeline, *self._replaced))

    async def run(self) -> None:
        try:
            while True:
                self._woken.clear()
                due = 0.0 if self._replaced else self._pipeline.due()
                if due is None:
                    await self._woken.wait()
                elif not await happens(self._woken, due - time.monotonic()):
                    await self._expire(time.monotonic())
        finally:
            self._receiver.close()

    async def update(self, arguments: Arguments) -> None:
        """Does not wait for what the old stages held: a destination that takes nothing must not hold up a reload."""
        if arguments.stage != self.arguments.stage:
            pipeline = Pipeline(arguments.stage, self._context)
            self._replaced.append(self._pipeline)
            self._pipeline = pipeline
            self._woken.set()
        self.arguments = arguments

    async def drain(self) -> None:
        await self._expire(None)

    async def push(self, batch: LogBatch) -> None:
        """Batches go through one after the other: stages remember, and the order of entries is kept."""
        async with self._lock:
            await self._release_replaced()
            self._account.take(len(batch))
            due = self._pipeline.due()
            frame = self._pipeline.process(Frame.of(batch))
            if self._pipeline.due() != due:
                self._woken.set()
            await self._forward(frame)

    async def _expire(self, now: float | None) -> None:
        async with self._lock:
            await self._release_replaced()
            for frame in self._pipeline.expire(now):
                await self._forward(frame)

    async def _release_replaced(self) -> None:
        """Everything that stages of before held; the caller has the lock."""
        while self._replaced:
            for frame in self._replaced[0].expire(None):
                await self._forward(frame)
            del self._replaced[0]

    async def _forward(self, frame: Frame) -> None:
        delay, self._context.delay = self._context.delay, 0.0
        if delay:
            await asyncio.sleep(delay)
        await fan_out(frame.batch(), lambda: self.arguments.forward_to, self._account, self.options.logger)
