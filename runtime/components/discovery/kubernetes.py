"""discovery.kubernetes"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any

import msgspec

from compiler.evaluate.types import Target
from runtime.component import Component, ComponentError, HealthState, Options
from runtime.components.discovery._kubernetes import ROLES, Groups, Role
from runtime.kubernetes.arguments import ConnectionArguments, validate_connection
from runtime.kubernetes.credentials import own_namespace
from runtime.kubernetes.names import check_namespaces
from runtime.kubernetes.objects import KubernetesObject, Namespace, Node
from runtime.kubernetes.selectors import field_selector, label_selector
from runtime.kubernetes.source import ObjectSource, Selector
from runtime.registry import component

_PUBLISH_SECONDS = 5.0
"""At most one publication in this time, as in Alloy: a rollout changes many pods at once."""


class Namespaces(msgspec.Struct, frozen=True, kw_only=True):
    own_namespace: bool = False
    names: list[str] = []


class SelectorBlock(msgspec.Struct, frozen=True, kw_only=True):
    role: str
    label: str = ""
    field: str = ""


class AttachMetadata(msgspec.Struct, frozen=True, kw_only=True):
    node: bool = False
    namespace: bool = False


class Arguments(ConnectionArguments, frozen=True, kw_only=True):
    role: str
    namespaces: Namespaces = Namespaces()
    selectors: list[SelectorBlock] = msgspec.field(default_factory=list)
    attach_metadata: AttachMetadata = AttachMetadata()


class Exports(msgspec.Struct, frozen=True):
    targets: list[Target]


@component("discovery.kubernetes", arguments=Arguments, exports=Exports)
class Kubernetes(Component[Arguments]):
    """Finds nodes, pods, services, endpoints, endpoint slices or ingresses, and exports targets with `__meta_kubernetes_*` labels.

    Differs from Alloy: an unknown role and a selector that cannot be understood, that is for a role without influence or that lacks
    its node name are errors, and what the API server refuses is the component's health. There, each finds nothing in silence.
    """

    def __init__(self, options: Options, arguments: Arguments) -> None:
        super().__init__(options, arguments)
        self._source = self._connect(arguments)
        self._changed = asyncio.Event()
        options.export(Exports([]))

    async def update(self, arguments: Arguments) -> None:
        self._source = self._connect(arguments)
        self.arguments = arguments
        self._changed.set()

    def _connect(self, arguments: Arguments) -> ObjectSource:
        _check(arguments)
        return self.options.services.kubernetes.connect(arguments)

    async def run(self) -> None:
        while True:
            self._changed.clear()
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(self._watch(self._source, self.arguments), name=f"{self.options.id} watch")
                await self._changed.wait()
                watching.cancel()

    async def _watch(self, source: ObjectSource, arguments: Arguments) -> None:
        """Keeps the targets of the objects as they are, and publishes them after changes."""
        wanted = dict(_selections(arguments))
        if not wanted:
            self.options.export(Exports([]))
            self.options.set_health(
                HealthState.UNHEALTHY, "`own_namespace` finds nothing: this process does not run in a pod"
            )
            return
        self.options.set_health(HealthState.UNKNOWN, f"waits for the first list of {arguments.role} objects")
        objects: dict[type[KubernetesObject], Any] = {}
        groups = Groups(ROLES[arguments.role], objects)
        problems: dict[type[KubernetesObject], str] = {}
        news = asyncio.Event()

        async def follow(kind: type[KubernetesObject], selector: Selector) -> None:
            async with aclosing(source.watch(selector, kind)) as changes:
                async for change in changes:
                    objects[kind], problems[kind] = change.objects, change.problem
                    groups.changed(kind, change.keys)
                    news.set()

        async with asyncio.TaskGroup() as group:
            for kind, selector in wanted.items():
                group.create_task(follow(kind, selector), name=f"{self.options.id} {kind.resource.plural}")
            while True:
                await news.wait()
                news.clear()
                if objects.keys() != wanted.keys():
                    continue
                self._publish(groups.targets(), [problems[kind] for kind in wanted])
                await asyncio.sleep(_PUBLISH_SECONDS)

    def _publish(self, targets: list[Target], problems: list[str]) -> None:
        """`problems` are those of each kind: what is refused must be granted for all of them."""
        self.options.export(Exports(targets))
        distinct = dict.fromkeys(filter(None, problems))
        state = HealthState.UNHEALTHY if distinct else HealthState.HEALTHY
        self.options.set_health(state, "; ".join((f"{len(targets)} targets", *distinct)))


def _check(arguments: Arguments) -> None:
    role = ROLES.get(arguments.role)
    if role is None:
        raise ComponentError(f"`{arguments.role}` is no role, use one of: {', '.join(ROLES)}", "role")
    validate_connection(arguments)
    check_namespaces(arguments.namespaces.names, "namespaces.names")
    taken: set[str] = set()
    for index, selector in enumerate(arguments.selectors):
        at = f"selectors[{index}]"
        if selector.role not in role.selectable:
            raise ComponentError(
                f"a selector for role `{selector.role}` changes nothing for role `{role.name}`, "
                f"use one of: {', '.join(role.selectable)}",
                f"{at}.role",
            )
        if selector.role == "node" != role.name and not arguments.attach_metadata.node:
            raise ComponentError(
                "a selector for role `node` changes nothing without `attach_metadata { node = true }`", f"{at}.role"
            )
        if selector.role in taken:
            raise ComponentError(
                f"role `{selector.role}` has two `selectors` blocks, write both requirements into one: `a=b,c=d`", at
            )
        taken.add(selector.role)
        for name, parse in (("label", label_selector), ("field", field_selector)):
            try:
                parse(getattr(selector, name))
            except ComponentError as error:
                raise ComponentError(str(error), f"{at}.{name}") from None


def _selections(arguments: Arguments) -> Iterator[tuple[type[KubernetesObject], Selector]]:
    """What to watch; nothing where only the own namespace is asked for and there is none."""
    role, spaces = ROLES[arguments.role], arguments.namespaces
    own = own_namespace() if spaces.own_namespace else ""
    names = tuple(sorted({*spaces.names, *([own] if own else [])}))
    if spaces.own_namespace and not names:
        return
    selectors = {selector.role: selector for selector in arguments.selectors}
    for kind in _kinds(role, arguments.attach_metadata):
        selector = selectors.get(kind.resource.kind.lower(), SelectorBlock(role=""))
        yield kind, Selector(names if kind.resource.namespaced else (), selector.label, selector.field)


def _kinds(role: Role, attach: AttachMetadata) -> Iterator[type[KubernetesObject]]:
    yield role.kind
    yield from role.beside
    if attach.node and role.attaches_node:
        yield Node
    if attach.namespace and role.kind.resource.namespaced:
        yield Namespace
