"""A running process, step by step: writes, reloads, and what its API says afterwards."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.conformance.agent import COMMAND, Agent, free_ports


def _texts(case: dict[str, Any]) -> list[str]:
    files = case["engine"]
    return [files] if isinstance(files, str) else list(files.values())


CASES = json.loads(Path(__file__).with_name("engine.json").read_text())
_MODULE = re.compile(r"^\s*(declare|foreach|import\.\w+) ", re.MULTILINE)
SCOPE = [case for case in CASES if any(_MODULE.search(text) for text in _texts(case))]
"""So far the cases of modules."""
_LISTS = ("createdModuleIDs", "referencesTo", "referencedBy", "dataFlowEdgesTo")


class _Run:
    def __init__(self, folder: Path, agent: Agent) -> None:
        self.folder = folder
        self.agent = agent

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            (self.folder / name).write_text(text.replace("${DIR}", str(self.folder)))

    async def request(self, path: str, method: str = "GET") -> tuple[int, str]:
        async with self.agent.client.request(method, f"http://{self.agent.listen}{path}") as answer:
            return answer.status, await answer.text()

    async def step(self, step: dict[str, Any]) -> Any:
        match step:
            case {"write": files}:
                self.write(files)
            case {"sleep": seconds}:
                await asyncio.sleep(seconds)
            case {"reload": method}:
                status, body = await self.request("/-/reload", method)
                at = re.search(r"[\w./-]+\.alloy:\d+:\d+", body)
                return {"status": status, "at": at and at[0]}
            case {"get": path}:
                status, body = await self.request(path)
                return {"status": status, "body": body}
            case {"components": _}:
                status, body = await self.request(step.get("of", "/api/v0/web/components"))
                states = [[c["moduleID"], c["localID"], c["health"]["state"]] for c in json.loads(body)]
                return {"status": status, "components": sorted(states)}
            case {"component": name}:
                found = await self.agent.component(name)
                return {field: _shown(field, found.get(field)) for field in step.get("fields", ["health", "exports"])}
            case {"metrics": patterns}:
                _, body = await self.request("/metrics")
                lines = [line for line in body.splitlines() if any(re.search(p, line) for p in patterns)]
                return sorted({re.sub(r" [0-9.e+-]+$", " N", line) if step.get("names") else line for line in lines})
            case {"until": inner, "has": text}:
                return await self._until(inner, text)
            case _:
                raise AssertionError(f"unknown step {step}")
        return None

    async def _until(self, inner: dict[str, Any], text: str) -> Any:
        found = None
        for _ in range(100):
            found = await self.step(inner)
            if text in json.dumps(found):
                break
            await asyncio.sleep(0.05)
        return found


def _shown(field: str, value: Any) -> Any:
    match field:
        case "health":
            return {key: value[key] for key in ("state", "message") if key == "state" or value["state"] != "healthy"}
        case "exports" | "arguments":
            return {one["name"]: _plain(one["value"]) for one in value or []}
        case _:
            return sorted(value or []) if field in _LISTS else value


def _plain(value: dict[str, Any]) -> Any:
    match value:
        case {"type": "array", "value": items}:
            return {"array": [_plain(item) for item in items]}
        case {"type": "object", "value": fields}:
            return {"object": {one["key"]: _plain(one["value"]) for one in fields}}
        case _:
            return {value["type"]: value["value"]}


@pytest.fixture
async def run(tmp_path: Path) -> AsyncIterator[_Run]:
    (port,) = free_ports(1)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as client:
        agent = Agent(tmp_path, {}, client, f"127.0.0.1:{port}", COMMAND)
        yield _Run(tmp_path, agent)
        await agent.kill()


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in SCOPE])
async def test_steps(case: dict[str, Any], run: _Run) -> None:
    files = case["engine"]
    run.write({"config.alloy": files} if isinstance(files, str) else files)
    assert await run.agent.start() is None, run.agent.log()
    await _settled(run)
    answers = [await run.step(step) for step in case["steps"]]
    normal = json.loads(json.dumps(answers).replace(str(run.folder), "${DIR}"))
    assert normal == case["expect"]["steps"], run.agent.log()


async def _settled(run: _Run) -> None:
    """A component is "unknown" until its task runs, a moment after the load answered."""
    for _ in range(40):
        if '"unknown"' not in (await run.request("/api/v0/web/components"))[1]:
            return
        await asyncio.sleep(0.05)
