"""One node of a running graph: its component, its arguments, its exports, its health."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from compiler.graph.library import Library
from compiler.graph.model import Node
from runtime.component import Component, Health, HealthState, Options
from runtime.engine.health import health_now, merged_health
from runtime.engine.zero import zero_exports
from runtime.logs import component_logger
from runtime.registry import Registration

if TYPE_CHECKING:
    from runtime.engine.module import Module

__all__ = ["Instance", "Values"]

Values = msgspec.Struct | Mapping[str, object]
"""Arguments or exports: a struct of a component's own, names and values where no component defines them."""


class Instance:
    """State only; the evaluator builds and updates it, the scheduler runs it.

    `id` is unique in the process. `version` counts the changes of its exports; `seen` holds the versions that its own
    arguments were evaluated with, so that a change is taken up exactly once. `retry` is set to end a restart's
    backoff early. `modules` are those inside of it, by id: one of a custom component or an import, one for each item
    of a foreach. `library` is what an import brings. `lacking` is the id of the component that has nothing to export yet:
    its own, or that of one that it waits for; who refers to it waits, too. `gaps` are arguments whose values are not there
    yet, as `Options.lacking` gives them. Without a `registration` it has no component:
    a custom component, a foreach, a declare, and a module's arguments and exports.
    """

    def __init__(self, node: Node, registration: Registration | None, module: Module) -> None:
        self.id = f"{module.id}/{node.id}" if module.id else node.id
        self.node = node
        self.registration = registration
        self.module = module
        self.logger = component_logger(module.id, node.id)
        self.component: Component[Any] | None = None
        self.options: Options | None = None
        self.arguments: Values | None = None
        self.exports: Values | None = None
        self.version = 0
        self.seen: dict[str, int] = {}
        self.modules: dict[str, Module] = {}
        self.library: Library | None = None
        self.task: asyncio.Task[None] | None = None
        self.waiting = False
        self.lacking = ""
        self.gaps: Mapping[str, str] = {}
        self.retry = asyncio.Event()
        self.run_health = health_now(HealthState.UNKNOWN, "component is not running yet")
        self.evaluation_health = health_now(HealthState.UNKNOWN, "component is not evaluated yet")
        self.reported_health: Health | None = None

    @property
    def local_id(self) -> str:
        return self.node.id

    @property
    def is_component(self) -> bool:
        """False for a configuration block such as `logging`."""
        return self.node.schema.kind == "component"

    @property
    def idle(self) -> bool:
        """Whether its component is built and was never started."""
        return self.component is not None and self.task is None

    def discard(self) -> None:
        """Forget a component that was built and is not to be: what it still says is not heard any more."""
        self.component = self.options = self.arguments = None

    @property
    def health(self) -> Health:
        views = (self.run_health, self.evaluation_health, self.reported_health)
        return merged_health(view for view in views if view is not None)

    @property
    def exported(self) -> Mapping[str, object]:
        """What expressions see: the exports by name, zero values before there are any."""
        match self.exports:
            case None:
                return zero_exports(self.node.schema.exports)
            case msgspec.Struct():
                return msgspec.structs.asdict(self.exports)
            case _:
                return self.exports

    def __repr__(self) -> str:
        return f"Instance({self.id!r})"
