"""The contract of a component.

A component is one file, always in the same order: `Arguments`, `Exports`, `@component(...)`, the class.

    class Arguments(msgspec.Struct, frozen=True, kw_only=True):     # one field an attribute, one a block; defaults as in Alloy
    class Exports(msgspec.Struct, frozen=True): ...                 # only where it exports something

    @component("loki.echo", arguments=Arguments, exports=Exports)
    class Echo(Component[Arguments]):
        \"\"\"Page of the component: what it does, where it differs from Alloy's.\"\"\"

The life of a component, as in Alloy's `component.Component`:

1. `__init__(options, arguments)` checks what only the running process can know and raises `ComponentError` to refuse.
   It may already export (receivers are exported here, so that dependants find them). It starts no task and awaits nothing.
2. `prepare()` is awaited after `__init__`, and after each `update`, before what refers to the component is evaluated: whose
   exports come from elsewhere gets them here, so that mistakes in what is made of them still refuse the configuration. It raises
   `NotYetError` where they do not come, and is cancelled when that takes long: the configuration is not refused for that, `run`
   goes on trying, and what refers to the component waits, or keeps its old arguments, until it exports. Only who names the
   arguments concerned as `deferred` in its registration does not wait: it is made with zero values in their places, as
   `Options.lacking` says, and gets the values by `update`.
3. `run()` is called exactly once, in a task of its own, and works until it is cancelled. It gives back all that it holds
   in `finally`. Returning early means "exited"; raising means "failed": the engine turns the component unhealthy with the
   reason and starts it again after a backoff, from 1 (a new object with the same arguments), while its neighbours go on.
   A component that cannot take anything without `run` closes its receiver there too, so that others wait for the new one.
   After such a failure `prepare` is not called again.
4. `update(arguments)` is called with new, different arguments, also while `run` works and also before it. It raises
   `ComponentError` to refuse them; the old arguments then stay in force.
5. `drain()` is called at an orderly stop, after every component that feeds this one has stopped: send on what is held back
   (a multiline block, a batch). `run` is cancelled after it returns, or when the deadline has passed: at once, so wait with
   `asyncio.timeout`, since `asyncio.wait_for` of Python 3.11 loses a cancellation that comes together with what it waits for.

`Options` is a component's only way out: no globals, no environment.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec
from prometheus_client import CollectorRegistry

if TYPE_CHECKING:
    from runtime.kubernetes.source import Sources
    from runtime.ledger import Ledger

__all__ = ["Component", "ComponentError", "Health", "HealthState", "NotYetError", "Options", "Services"]


class ComponentError(Exception):
    """A component refuses its arguments or cannot work; the text is one line and says what to change.
    `attribute` names the argument concerned, with dots into blocks (`endpoint.url`), so that the message gets its position."""

    def __init__(self, message: str, attribute: str | None = None) -> None:
        super().__init__(message)
        self.attribute = attribute


class NotYetError(Exception):
    """A component has no exports for its arguments yet; the text is one line and says why."""


class HealthState:
    """The states of Alloy's component health."""

    UNKNOWN = "unknown"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    EXITED = "exited"


@dataclass(frozen=True, slots=True)
class Health:
    """`updated` is Unix time in seconds."""

    state: str
    message: str
    updated: float


@dataclass(frozen=True, slots=True)
class Services:
    """What the process offers to all components.

    `kubernetes` is where Kubernetes objects are read from: API servers, unless recorded objects stand in their place.
    `instance_id` is stable for a storage path (Alloy's X-Agent-Id). `version` is kmon's.
    `spool_bytes` is the disk budget of one destination endpoint.
    """

    ledger: Ledger
    kubernetes: Sources
    instance_id: str = ""
    version: str = ""
    spool_bytes: int = 1 << 30


@dataclass(frozen=True, slots=True)
class Options:
    """What a component gets from the engine.

    `id` is unique in the process (`loki.write.x`, with the module's path before it inside a module).
    `data_path` is the component's own folder; the component makes it when it needs it.
    `export` publishes new exports; equal ones are ignored. It may be called from `__init__` on.
    `lacking` says whose value is not there yet of the arguments last given: the path of each such argument
    (`endpoint[0].basic_auth.password`), and the id of the component that it is to come from.
    `set_health` reports the component's own view; `HealthState.HEALTHY` takes an earlier complaint back.
    `metrics` is the component's own registry: names as Alloy has them, without component labels (the server adds them).
    """

    id: str
    data_path: Path
    logger: logging.Logger
    export: Callable[[msgspec.Struct], None]
    set_health: Callable[[str, str], None]
    services: Services
    metrics: CollectorRegistry = field(default_factory=CollectorRegistry)
    lacking: Callable[[], Mapping[str, str]] = dict


A = TypeVar("A", bound=msgspec.Struct)


class Component(Generic[A]):
    """Base of all components; see the module's text for the life of one."""

    def __init__(self, options: Options, arguments: A) -> None:
        self.options = options
        self.arguments = arguments

    async def prepare(self) -> None:
        """Nothing comes from elsewhere unless a component says so."""

    async def run(self) -> None:
        """Works until it is cancelled; a component that only answers others has nothing to do here."""
        await asyncio.Event().wait()

    async def update(self, arguments: A) -> None:
        self.arguments = arguments

    async def drain(self) -> None:
        """Nothing is held back unless a component says so."""

    def debug_info(self) -> dict[str, object]:
        """What the component's page shows under "debug info"; plain values, no secrets."""
        return {}
