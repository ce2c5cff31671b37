"""discovery.kubernetes"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from compiler.evaluate.types import Target
from runtime.component import Component, ComponentError, HealthState, Options
from runtime.http.arguments import ClientArguments
from runtime.kubernetes.source import Object, Selector
from runtime.registry import component

_ROLES = ("pod",)
_PUBLISH_SECONDS = 5.0
"""At most one publication in this time, as in Alloy: a rollout changes many pods at once."""
_ADDRESS, _META = "__address__", "__meta_kubernetes_"
_UNSAFE = re.compile(r"[^a-zA-Z0-9_]")


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


class Arguments(ClientArguments, frozen=True, kw_only=True):
    role: str
    api_server: str = ""
    kubeconfig_file: str = ""
    namespaces: Namespaces = Namespaces()
    selectors: list[SelectorBlock] = msgspec.field(default_factory=list)
    attach_metadata: AttachMetadata = AttachMetadata()


class Exports(msgspec.Struct, frozen=True):
    targets: list[Target]


@component(
    "discovery.kubernetes",
    arguments=Arguments,
    exports=Exports,
    unsupported=frozenset({"namespaces.own_namespace"}),
)
class Kubernetes(Component[Arguments]):
    """Finds pods and exports a target for every port of every container, with `__meta_kubernetes_*` labels.

    Objects come from the inventory given to the process. Differs from Alloy: an unknown role, a selector that cannot be
    understood and a node selector without a value are errors; there, each finds nothing in silence.
    """

    def __init__(self, options: Options, arguments: Arguments) -> None:
        super().__init__(options, arguments)
        self._check(arguments)
        self._changed = asyncio.Event()
        options.export(Exports([]))

    async def update(self, arguments: Arguments) -> None:
        self._check(arguments)
        self.arguments = arguments
        self._changed.set()

    def _check(self, arguments: Arguments) -> None:
        if arguments.role not in _ROLES:
            raise ComponentError(
                f"role `{arguments.role}` is not supported by this runtime, use one of: {', '.join(_ROLES)}", "role"
            )
        if self.options.services.objects is None:
            raise ComponentError(
                "there is no API client in this runtime yet: give recorded objects with `kmon run --inventory FILE`"
            )
        for index, selector in enumerate(arguments.selectors):
            if selector.role == "pod" and re.search(r"spec\.nodeName\s*==?\s*(,|$)", selector.field):
                raise ComponentError(
                    f"field selector `{selector.field}` has no node name: "
                    "set the environment variable that it is built from, such as `HOSTNAME`, to the node's name",
                    f"selectors[{index}].field",
                )

    async def run(self) -> None:
        while True:
            self._changed.clear()
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(self._watch(self.arguments), name=f"{self.options.id} watch")
                await self._changed.wait()
                watching.cancel()

    async def _watch(self, arguments: Arguments) -> None:
        """Keeps the lists of pods, nodes and namespaces that the targets are made of, and publishes what changed."""
        lists: dict[str, Sequence[Object]] = {}
        wanted = {resource: _selector(resource, arguments) for resource in _resources(arguments)}
        news = asyncio.Event()

        async def follow(resource: str, selector: Selector) -> None:
            source = self.options.services.objects
            assert source is not None, "checked when the component was built"
            async for objects in source.watch(selector):
                lists[resource] = objects
                news.set()

        async with asyncio.TaskGroup() as group:
            for resource, selector in wanted.items():
                group.create_task(follow(resource, selector), name=f"{self.options.id} {resource}")
            while True:
                await news.wait()
                if lists.keys() != wanted.keys():
                    news.clear()
                    continue
                news.clear()
                self.options.export(Exports(list(_targets(arguments, lists))))
                self.options.set_health(HealthState.HEALTHY, f"{len(lists['pods'])} pods")
                await asyncio.sleep(_PUBLISH_SECONDS)


def _resources(arguments: Arguments) -> Iterator[str]:
    yield "pods"
    if arguments.attach_metadata.node:
        yield "nodes"
    if arguments.attach_metadata.namespace:
        yield "namespaces"


def _selector(resource: str, arguments: Arguments) -> Selector:
    role = resource.removesuffix("s")
    chosen = [selector for selector in arguments.selectors if selector.role == role]
    labels = ",".join(selector.label for selector in chosen if selector.label)
    fields = ",".join(selector.field for selector in chosen if selector.field)
    namespaces = tuple(arguments.namespaces.names) if resource == "pods" else ()
    return Selector(resource, namespaces, labels, fields)


def _targets(arguments: Arguments, lists: Mapping[str, Sequence[Object]]) -> Iterator[Target]:
    nodes = {node["metadata"]["name"]: node for node in lists.get("nodes", ())}
    namespaces = {space["metadata"]["name"]: space for space in lists.get("namespaces", ())}
    for pod in lists["pods"]:
        labels = _pod_labels(pod)
        if not labels[f"{_META}pod_ip"]:
            continue
        if arguments.attach_metadata.node:
            node = nodes.get(labels[f"{_META}pod_node_name"])
            if node is None:
                continue
            labels |= {f"{_META}node_name": node["metadata"]["name"], **_metadata("node", node)}
        if arguments.attach_metadata.namespace and (space := namespaces.get(labels[f"{_META}namespace"])):
            labels |= _metadata("namespace", space)
        yield from _container_targets(pod, labels)


def _pod_labels(pod: Object) -> dict[str, str]:
    """The labels that all targets of a pod share."""
    metadata, spec, status = pod["metadata"], pod.get("spec") or {}, pod.get("status") or {}
    ready = [c["status"].lower() for c in status.get("conditions") or () if c.get("type") == "Ready"]
    owner = next((o for o in metadata.get("ownerReferences") or () if o.get("controller")), None)
    controller = (
        {f"{_META}pod_controller_kind": owner["kind"], f"{_META}pod_controller_name": owner["name"]} if owner else {}
    )
    return {
        f"{_META}namespace": metadata.get("namespace", ""),
        f"{_META}pod_name": metadata["name"],
        f"{_META}pod_ip": status.get("podIP", ""),
        f"{_META}pod_ready": ready[0] if ready else "unknown",
        f"{_META}pod_phase": status.get("phase", ""),
        f"{_META}pod_node_name": spec.get("nodeName", ""),
        f"{_META}pod_host_ip": status.get("hostIP", ""),
        f"{_META}pod_uid": metadata.get("uid", ""),
        **controller,
        **_metadata("pod", pod),
    }


def _metadata(prefix: str, item: Object) -> dict[str, str]:
    out = {}
    for kind, values in (
        ("label", item["metadata"].get("labels")),
        ("annotation", item["metadata"].get("annotations")),
    ):
        for name, value in (values or {}).items():
            safe = _UNSAFE.sub("_", name)
            out[f"{_META}{prefix}_{kind}_{safe}"] = str(value)
            out[f"{_META}{prefix}_{kind}present_{safe}"] = "true"
    return out


def _container_targets(pod: Object, shared: Mapping[str, str]) -> Iterator[Target]:
    spec, status, ip = pod.get("spec") or {}, pod.get("status") or {}, shared[f"{_META}pod_ip"]
    for init, containers, statuses in (
        ("false", spec.get("containers"), status.get("containerStatuses")),
        ("true", spec.get("initContainers"), status.get("initContainerStatuses")),
    ):
        ids = {entry["name"]: entry.get("containerID", "") for entry in statuses or ()}
        for container in containers or ():
            labels = {
                **shared,
                f"{_META}pod_container_name": container["name"],
                f"{_META}pod_container_id": ids.get(container["name"], ""),
                f"{_META}pod_container_image": container.get("image", ""),
                f"{_META}pod_container_init": init,
            }
            if not container.get("ports"):
                yield Target({_ADDRESS: ip, **labels})
            for port in container.get("ports") or ():
                number = str(port["containerPort"])
                yield Target(
                    {
                        _ADDRESS: f"[{ip}]:{number}" if ":" in ip else f"{ip}:{number}",
                        **labels,
                        f"{_META}pod_container_port_name": port.get("name", ""),
                        f"{_META}pod_container_port_number": number,
                        f"{_META}pod_container_port_protocol": port.get("protocol", "TCP"),
                    }
                )
