"""An engine over fake components, which note everything that happens to them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from compiler.catalog import Catalog
from compiler.diagnostics import DiagnosticError, Diagnostics, Source
from compiler.resources import schemas
from runtime.component import Component, ComponentError, NotYetError, Options, Services
from runtime.engine import Backoff, Engine, Instance, Plan, Settings
from runtime.kubernetes.cluster import Clusters
from runtime.ledger import Ledger
from runtime.registry import Registration

EVENTS: list[tuple[str, str]] = []


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    input: str = ""
    inputs: list[str] = []
    refuse: bool = False
    future: str = ""


class Exports(msgspec.Struct, frozen=True):
    output: str


class Pass(Component[Arguments]):
    """Exports its input."""

    def __init__(self, options: Options, arguments: Arguments) -> None:
        super().__init__(options, arguments)
        self.note("build")
        self._take(arguments)

    def note(self, event: str) -> None:
        EVENTS.append((event, self.options.id))

    async def update(self, arguments: Arguments) -> None:
        self.note("update")
        self._take(arguments)
        self.arguments = arguments

    def _take(self, arguments: Arguments) -> None:
        if arguments.refuse:
            raise ComponentError("it does not want to", "refuse")
        self.options.export(Exports(arguments.input or ",".join(arguments.inputs)))

    async def run(self) -> None:
        self.note("run")
        try:
            await super().run()
        finally:
            self.note("end")

    async def drain(self) -> None:
        self.note("drain")


class Failing(Pass):
    """Its `run` raises until `FAILURES` of its id are used up."""

    async def run(self) -> None:
        if FAILURES.get(self.options.id, 0) > 0:
            FAILURES[self.options.id] -= 1
            self.note("crash")
            raise RuntimeError("it broke")
        await super().run()


class Leaving(Pass):
    """Its `run` returns at once."""

    async def run(self) -> None:
        self.note("run")


class Stubborn(Pass):
    """Never finishes draining."""

    async def drain(self) -> None:
        self.note("drain")
        await asyncio.Event().wait()


class Deaf(Pass):
    """Ends only when the test says so, whoever cancels it."""

    def __init__(self, options: Options, arguments: Arguments) -> None:
        super().__init__(options, arguments)
        self.may_end = asyncio.Event()

    async def run(self) -> None:
        self.note("run")
        while not self.may_end.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await self.may_end.wait()


class Late(Pass):
    """Its input names what it exports: a key of `ARRIVED`, which may be filled later."""

    def _take(self, arguments: Arguments) -> None:
        if arguments.refuse:
            raise ComponentError("it does not want to", "refuse")

    async def prepare(self) -> None:
        if self.arguments.input == "never":
            await asyncio.Event().wait()
        self.look()

    def look(self) -> None:
        if self.arguments.input not in ARRIVED:
            raise NotYetError(f"there is no {self.arguments.input}")
        self.options.export(Exports(ARRIVED[self.arguments.input]))


class Early(Pass):
    """Begins without its input, when that is still to come."""

    def _take(self, arguments: Arguments) -> None:
        super()._take(arguments)
        self.note(f"lacks {sorted(self.options.lacking())}")


FAILURES: dict[str, int] = {}
ARRIVED: dict[str, str] = {}
_CLASSES = {
    "test.pass": Pass,
    "test.failing": Failing,
    "test.leaving": Leaving,
    "test.stubborn": Stubborn,
    "test.deaf": Deaf,
    "test.late": Late,
    "test.early": Early,
}
_DEFERRED = {"test.early": frozenset({"input"})}
_BODY = {
    "attributes": {
        "input": {"type": "string", "default": ""},
        "inputs": {"type": "list(string)", "default": []},
        "refuse": {"type": "bool", "default": False},
        "future": {"type": "string", "default": ""},
    },
    "blocks": {},
}


def _find(name: str) -> Registration | None:
    build = _CLASSES.get(name)
    deferred = _DEFERRED.get(name, frozenset())
    return (
        None
        if build is None
        else Registration(name, Arguments, Exports, build, frozenset({"future"}), deferred=deferred)
    )


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    folder = tmp_path / "schemas"
    folder.mkdir()
    for name in (*_CLASSES, "test.missing"):
        schema = {
            "name": name,
            "kind": "component",
            "stability": "generally-available",
            "community": False,
            "label": "required",
            "body": _BODY,
            "exports": {"output": {"type": "string"}},
        }
        (folder / f"{name}.json").write_text(json.dumps(schema))
    for name, attribute in (("logging", {"level": {"type": "string", "default": "info"}}), ("tracing", {})):
        schema = {
            "name": name,
            "kind": "config",
            "stability": "generally-available",
            "community": False,
            "label": "forbidden",
            "body": {"attributes": attribute, "blocks": {}},
            "exports": {},
        }
        (folder / f"{name}.json").write_text(json.dumps(schema))
    for name in ("argument", "declare", "export", "foreach", "import.file", "import.http", "import.string"):
        shutil.copy(schemas() / "components" / f"{name}.json", folder)
    return Catalog(folder)


@dataclass
class World:
    """An engine whose text a test writes."""

    engine: Engine
    events: list[tuple[str, str]]
    failures: dict[str, int]
    arrived: dict[str, str]
    texts: dict[str, str] = field(default_factory=dict)

    async def load(self, text: str) -> Plan:
        self.texts["config.alloy"] = text
        plan, _ = await self.engine.reload()
        return plan

    async def refused(self, text: str) -> list[tuple[str, str, str]]:
        """Code, position and message of every error."""
        with pytest.raises(DiagnosticError) as caught:
            await self.load(text)
        return [(d.code, str(d.span), d.message) for d in caught.value.diagnostics.errors]

    async def until(self, condition: Callable[[], object]) -> None:
        """Let the engine work until `condition` holds."""
        async with asyncio.timeout(10):
            while not condition():
                await asyncio.sleep(0.002)

    def instance(self, component_id: str) -> Instance:
        return next(i for i in self.engine.instances() if i.id == component_id)

    def component(self, component_id: str) -> Any:
        return self.instance(component_id).component

    def health(self, component_id: str) -> tuple[str, str]:
        health = self.instance(component_id).health
        return health.state, health.message

    def taken(self) -> list[str]:
        """The events since the last call, each as `event id` with the id's last part."""
        events = [f"{event} {component_id.rpartition('.')[2]}" for event, component_id in self.events]
        self.events.clear()
        return events


@pytest.fixture
async def world(tmp_path: Path, catalog: Catalog) -> AsyncIterator[World]:
    EVENTS.clear()
    FAILURES.clear()
    ARRIVED.clear()
    texts: dict[str, str] = {}

    def read(_: Diagnostics) -> list[Source]:
        return [Source(name, text) for name, text in texts.items()]

    settings = Settings(
        tmp_path / "data",
        module_path=str(tmp_path),
        stability="experimental",
        drain_seconds=0.05,
        backoff=Backoff(first=0.01, longest=0.02),
    )
    async with Engine(read, Services(Ledger(), Clusters()), settings, catalog, _find) as engine:
        yield World(engine, EVENTS, FAILURES, ARRIVED, texts)
    assert asyncio.all_tasks() == {asyncio.current_task()}, "no task is left behind"
