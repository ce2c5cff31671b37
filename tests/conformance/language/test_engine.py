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
from tests.conformance.language.cases import Case, agrees, params

_BLAMED = re.compile(r"\.alloy:(\d+):(\d+): (?!note:)")
_POSITION = re.compile(r"[\w./-]+\.alloy:\d+:\d+")
_LISTS = ("createdModuleIDs", "referencesTo", "referencedBy", "dataFlowEdgesTo")


class _Run:
    def __init__(self, folder: Path, agent: Agent, free: int) -> None:
        self.folder = folder
        self.agent = agent
        self._free = f":{free}"

    def restored(self, found: Any) -> Any:
        """With the names of the case in the place of this run's folder and port."""
        text = json.dumps(found).replace(str(self.folder), "${DIR}").replace(self._free, ":${FREE}")
        return json.loads(text)

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text.replace("${DIR}", str(self.folder)).replace(":${FREE}", self._free))

    async def request(self, path: str, method: str = "GET") -> tuple[int, str]:
        async with self.agent.client.request(method, f"http://{self.agent.listen}{path}") as answer:
            return answer.status, await answer.text()

    async def step(self, step: dict[str, Any]) -> Any:
        match step:
            case {"write": files}:
                self.write(files)
            case {"remove": name}:
                (self.folder / name).unlink()
            case {"sleep": seconds}:
                await asyncio.sleep(seconds)
            case {"reload": method}:
                status, body = await self.request("/-/reload", method)
                at = _POSITION.search(body)
                return {"status": status, "at": at and at[0].removeprefix(f"{self.folder}/")}
            case {"signalreload": name}:
                before = await self._loads()
                self.agent.signal(name)
                for _ in range(200):
                    if await self._loads() != before:
                        break
                    await asyncio.sleep(0.05)
                return {"running": self.agent.process is not None and self.agent.process.returncode is None}
            case {"signal": name}:
                return {"exit": await self.agent.stop(name)}
            case {"get": path}:
                status, body = await self.request(path)
                if "keys" in step:
                    found = json.loads(body)
                    first = found[0] if isinstance(found, list) else found
                    return {"status": status, "type": type(found).__name__, "keys": sorted(first)}
                return {"status": status} if "status" in step else {"status": status, "body": body}
            case {"components": _}:
                status, body = await self.request(step.get("of", "/api/v0/web/components"))
                states = [[c["moduleID"], c["localID"], c["health"]["state"]] for c in json.loads(body)]
                return {"status": status, "components": sorted(states)}
            case {"component": name}:
                found = await self.agent.component(name)
                if not found:
                    return {"component": None}
                return {field: _shown(field, found) for field in step.get("fields", ["health", "exports"])}
            case {"metrics": patterns}:
                _, body = await self.request("/metrics")
                lines = [line for line in body.splitlines() if any(re.search(p, line) for p in patterns)]
                return sorted({re.sub(r" [0-9.e+-]+$", " N", line) if step.get("names") else line for line in lines})
            case {"until": inner, "has": text}:
                return await self._until(inner, text)
            case _:
                raise AssertionError(f"unknown step {step}")
        return None

    async def _loads(self) -> Any:
        """What changes with each load, a good or a bad one."""
        return await self.step(
            {"metrics": ["^alloy_config_load_failures_total", "^alloy_config_last_load_success_timestamp"]}
        )

    async def _until(self, inner: dict[str, Any], text: str) -> Any:
        found = None
        for _ in range(100):
            found = await self.step(inner)
            if text in json.dumps(found):
                break
            await asyncio.sleep(0.05)
        return found


def _shown(field: str, component: Case) -> Any:
    value = component.get(field)
    match field:
        case "health":
            assert isinstance(value, dict)
            return {key: value[key] for key in ("state", "message") if key == "state" or value["state"] != "healthy"}
        case "exports" | "arguments" | "debugInfo":
            return _statements(value)
        case "keys":
            return sorted(component)
        case _:
            return sorted(value or []) if field in _LISTS else value


def _statements(listed: list[Case] | None) -> Case:
    out: Case = {}
    for one in listed or []:
        if one["type"] == "attr":
            out[one["name"]] = _plain(one["value"])
        else:
            label = f" {one['label']}" if one.get("label") else ""
            out.setdefault(one["name"] + label, []).append(_statements(one.get("body")))
    return out


def _without_words(value: Any) -> Any:
    """Of a message about a component's health only the position counts, if it has one."""
    match value:
        case {"state": state, "message": message}:
            at = _POSITION.search(message)
            return {"state": state, "at": at and at[0].rpartition("/")[2]}
        case dict():
            return {key: _without_words(one) for key, one in value.items()}
        case list():
            return [_without_words(one) for one in value]
        case _:
            return value


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
    port, free = free_ports(2)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as client:
        agent = Agent(tmp_path, {}, client, f"127.0.0.1:{port}", COMMAND)
        yield _Run(tmp_path, agent, free)
        await agent.kill()


@pytest.mark.parametrize("case", params("engine"))
async def test_steps(case: Case, run: _Run) -> None:
    files = case["engine"]
    run.write({"config.alloy": files} if isinstance(files, str) else files)
    run.agent.path = case.get("path", run.agent.path)
    run.agent.arguments = case.get("args", ())
    expect = case["expect"]
    ended = await run.agent.start()
    if ended is not None:
        places = {(int(line), int(column)) for line, column in _BLAMED.findall(run.agent.log())}
        wanted = {(one["line"], one["column"]) for one in expect.get("diagnostics", ()) if "line" in one}
        agrees("engine", case, (ended != 0, places), (expect.get("exit", 0) != 0, wanted))
        return
    await _settled(run)
    answers = [await run.step(step) for step in case.get("steps", ())]
    agrees("engine", case, _without_words(run.restored(answers)), _without_words(expect.get("steps")))


async def _settled(run: _Run) -> None:
    """A component is "unknown" until its task runs, a moment after the load answered."""
    for _ in range(40):
        if '"unknown"' not in (await run.request("/api/v0/web/components"))[1]:
            return
        await asyncio.sleep(0.05)
