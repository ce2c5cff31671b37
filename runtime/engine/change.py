"""A change that has been evaluated and does not run yet: of one module, with all the changes of the modules inside."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from compiler.evaluate import Scope
from compiler.graph.library import Library
from compiler.graph.model import Graph
from runtime.component import Health
from runtime.engine.instance import Instance, Values
from runtime.engine.plan import Plan

if TYPE_CHECKING:
    from runtime.engine.module import Module

__all__ = ["Around", "Before", "Change", "Inside", "View", "before_change"]


@dataclass(frozen=True, slots=True)
class Around:
    """What a module is given from outside: the variables of its text, values for its arguments, and the module around
    the text, in which custom components (and, from a template, components) are looked up further."""

    scope: Scope
    parent: Module | None = None
    given: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class View:
    """A graph with an instance for each of its nodes."""

    graph: Graph
    instances: dict[str, Instance]


@dataclass(frozen=True, slots=True)
class Before:
    """What an instance was when a change began, to go back to. `built` says whether it had a component."""

    arguments: Values | None
    gaps: Mapping[str, str]
    exports: Values | None
    seen: dict[str, int]
    evaluation: Health
    lacking: str
    built: bool


def before_change(instance: Instance) -> Before:
    built = instance.component is not None
    return Before(
        instance.arguments,
        instance.gaps,
        instance.exports,
        instance.seen,
        instance.evaluation_health,
        instance.lacking,
        built,
    )


@dataclass(frozen=True, slots=True)
class Inside:
    """The changes of the modules inside of one instance. `modules` and `library` are those from before."""

    instance: Instance
    modules: dict[str, Module]
    library: Library | None
    changes: list[Change]

    async def roll_back(self) -> None:
        for change in reversed(self.changes):
            await change.module.roll_back(change)
        self.instance.modules, self.instance.library = self.modules, self.library

    async def commit(self) -> None:
        for module_id, module in self.modules.items():
            if self.instance.modules.get(module_id) is not module:
                await module.stop()
        for change in self.changes:
            await change.module.commit(change)


@dataclass(slots=True, eq=False)
class Change:
    """`around` and `before` are from before; `updated` and `inside` fill in the order in which they are touched. `looking`
    says that something has failed: the rest is only looked at. `began` is the monotonic time of its beginning."""

    module: Module
    plan: Plan
    view: View
    around: Around
    before: Mapping[Instance, Before]
    updated: list[Instance] = field(default_factory=list)
    inside: list[Inside] = field(default_factory=list)
    looking: bool = False
    began: float = field(default_factory=time.monotonic)
