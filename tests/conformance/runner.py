"""One case, from an empty folder to what was seen, and the comparison with what is expected."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from tests.conformance.agent import COMMAND, Agent, AgentError, free_ports
from tests.conformance.case import Case, Step
from tests.conformance.names import Names
from tests.conformance.normal import normal_metrics, normal_record, normal_text, plain, sorted_records, walk
from tests.conformance.objects import Objects
from tests.conformance.pages import Pages
from tests.conformance.receiver import Receiver
from tests.conformance.steps import change_files, send, write_files
from tests.e2e.cluster.server import ApiServer

__all__ = ["differences", "run_case"]

_POLL_SECONDS = 0.02


async def run_case(
    case: Case, starting: asyncio.Semaphore, command: str = COMMAND, server: ApiServer | None = None
) -> list[str]:
    """What differs, a line each; empty when nothing does. `starting` limits how many agents start at the same time;
    `server` is there for cases that need a cluster."""
    with tempfile.TemporaryDirectory(prefix="kmon-case-") as folder:
        timeout = aiohttp.ClientTimeout(total=10)
        async with (
            Receiver(case) as receiver,
            Pages(case.pages) as pages,
            aiohttp.ClientSession(timeout=timeout) as client,
        ):
            ports = free_ports(3)
            objects = Objects(server) if server else None
            names = Names(
                folder, receiver.address, (ports[1], ports[2]), pages.address, objects.names if objects else {}
            )
            environment = {name: names.fill(value) for name, value in case.env.items()}
            agent = Agent(Path(folder), environment, client, f"127.0.0.1:{ports[0]}", command)
            run = _Run(case, Path(folder), names, receiver, agent, client, starting, objects)
            try:
                await run.perform()
            except AgentError as error:
                return [f"the agent: {error}"]
            finally:
                await agent.kill()
                if objects:
                    await objects.clear()
            found = list(differences(case, run))
            return [*found, "log of the agent:", agent.log()] if found else []


@dataclass(slots=True)
class _Run:
    """`exit` is the agent's exit code where it ended by itself or was stopped at the end."""

    case: Case
    folder: Path
    names: Names
    receiver: Receiver
    agent: Agent
    client: aiohttp.ClientSession
    starting: asyncio.Semaphore
    objects: Objects | None = None
    exports: dict[str, Any] = field(default_factory=dict)
    responses: list[Any] = field(default_factory=list)
    exit: int | None = None

    async def perform(self) -> None:
        case = self.case
        write_files(self.folder, case.files, self.names)
        if self.objects is not None:
            await self.objects.create(case.objects)
        (self.folder / "config.alloy").write_text(self.names.fill(case.config), encoding="utf-8")
        async with self.starting:
            self.exit = await self.agent.start()
        if self.exit is not None:
            return
        for request in case.send:
            self.responses.append(await send(self.client, request, self.names))
        await self._watch()
        await self._read_exports()
        if case.metrics:
            page = await self.agent.metrics()
            self.exports["/metrics"] = normal_metrics(page, case.metrics, self.names.restore)
        if case.stop:
            self.exit = await self.agent.stop()

    async def _watch(self) -> None:
        """Carries out the steps and returns when the case has seen enough."""
        wait, steps = self.case.wait, list(self.case.then)
        clock = asyncio.get_running_loop().time
        start = changed = clock()
        seen = 0
        while (age := clock() - start) < wait.seconds:
            while steps and age >= steps[0].after:
                await self._do(steps.pop(0))
            if len(self.receiver.records) != seen:
                seen, changed = len(self.receiver.records), clock()
            if not steps and wait.records and seen >= wait.records and clock() - changed > wait.settle:
                return
            await asyncio.sleep(_POLL_SECONDS)

    async def _do(self, step: Step) -> None:
        if self.objects is not None:
            await self.objects.change(step)
        if step.snapshot is not None:
            await self._read_exports(f"{step.snapshot}/")
        if step.stop:
            await self.agent.stop()
        change_files(self.folder, step, self.names)
        if step.start:
            async with self.starting:
                code = await self.agent.start()
            if code is not None:
                raise AgentError(f"ended with {code} when it was started again:\n{self.agent.log()}")
        if step.send is not None:
            self.responses.append(await send(self.client, step.send, self.names))

    async def _read_exports(self, prefix: str = "") -> None:
        for name in self.case.exports:
            found = await self.agent.component(name)
            self.exports[prefix + name] = plain(walk(plain(found.get("exports")), normal_text(self.case, self.names)))
            if self.case.health:
                self.exports[f"{prefix}{name}#health"] = (found.get("health") or {}).get("state")


def differences(case: Case, run: _Run) -> Iterator[str]:
    if bool(run.exit) != bool(case.expect.exit):
        yield f"exit code {run.exit}, expected {case.expect.exit}"
    records = [normal_record(record, case, run.names) for record in run.receiver.records]
    got, want = sorted_records(records, case.dedupe), sorted_records(case.expect.records, case.dedupe)
    yield from (f"missing    {record}" for record in _minus(want, got))
    yield from (f"unexpected {record}" for record in _minus(got, want))
    if (exports := plain(run.exports)) != (expected := plain(case.expect.exports)):
        yield f"exports  {exports}"
        yield f"expected {expected}"
    if case.responses:
        responses = walk(run.responses, normal_text(case, run.names))
        if case.responses == "status":
            responses = list(map(_without_text, responses))
        if responses != case.expect.responses:
            yield f"responses {responses}"
            yield f"expected  {case.expect.responses}"


def _minus(left: list[str], right: list[str]) -> list[str]:
    rest = list(right)
    missing = []
    for item in left:
        if item in rest:
            rest.remove(item)
        else:
            missing.append(item)
    return missing


def _without_text(response: dict[str, Any]) -> dict[str, Any]:
    """The wording of an error is each agent's own."""
    match response:
        case {"body": dict(body)}:
            return {**response, "body": {key: value for key, value in body.items() if key != "message"}}
        case {"status": int(status)} if status >= 400:
            return {key: value for key, value in response.items() if key != "body"}
        case _:
            return response
