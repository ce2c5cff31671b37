"""Needs and settings → the workload: every decision that manifests only print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from compiler.deploy.environment import Variable, environment_of
from compiler.deploy.files import HostPath, Reads, host_paths, inside
from compiler.deploy.named import Named, named_by_pod, named_by_rule
from compiler.deploy.needs import Needs
from compiler.deploy.roles import Role, roles
from compiler.deploy.runtimes import RUNTIMES, Runtime
from compiler.deploy.settings import Json, Settings

__all__ = ["STORAGE", "Port", "Storage", "Workload", "make_workload"]

STORAGE = "storage"
"""The volume for what is kept below the storage path; a claim of the user with this name is it."""

_LOGS_OF_ROOT = ("/var/log/pods", "/var/log/containers", "/var/lib/docker/containers")
"""The kubelet's and Docker's folders, where all belongs to root; elsewhere root reads what belongs to others."""
_GRACE_SECONDS = 30
_LEAST = {"requests": {"cpu": "50m", "memory": "128Mi"}}
"""So that the pod is not the first to be evicted; kmon and Alloy take this much when they have little to do."""


@dataclass(frozen=True, slots=True)
class Port:
    name: str
    number: int
    protocol: str = "TCP"


@dataclass(frozen=True, slots=True)
class Storage:
    """What is mounted at `path`: a folder of the node, a claim of so many GiB, or, with neither, one of the pod; with
    `given` what the user mounts there."""

    path: str
    node: str = ""
    claim_gib: int = 0
    given: bool = False

    @property
    def persistent(self) -> bool:
        return bool(self.node or self.claim_gib)


@dataclass(frozen=True, slots=True)
class Workload:
    """One collector as it runs. `replicas` is None for a DaemonSet."""

    name: str
    namespace: str
    kind: str
    replicas: int | None
    singleton: bool
    config: str
    runtime: Runtime
    settings: Settings
    roles: tuple[Role, ...]
    token: bool
    ports: tuple[Port, ...]
    environment: tuple[Variable, ...]
    secrets: tuple[str, ...]
    """Variables whose values have to stand in the Secret `kmon`."""
    names: tuple[Named, ...]
    """Secrets and ConfigMaps that others make."""
    host_paths: tuple[HostPath, ...]
    storage: Storage
    resources: Json
    root: bool
    reads_others: bool
    """Whether it reads files of the node that belong to other users than root."""
    privileged: bool
    host_pid: bool
    host_network: bool
    clustered: bool
    grace_seconds: int

    @property
    def mounts(self) -> tuple[str, ...]:
        """Every folder and file of the container that comes from outside of the image."""
        given = (str(mount["mountPath"]) for mount in self.settings.mounts)
        return (*(one.path for one in self.host_paths), *given, self.storage.path, self.runtime.config_folder)


def make_workload(
    name: str,
    namespace: str,
    kind: str,
    singleton: bool,
    config: str,
    needs: Needs,
    settings: Settings,
    secrets: Iterable[str] = (),
) -> Workload:
    """The workload of a collector with the text `config`. `secrets` are the variables that stand for literal secrets."""
    runtime, facts = RUNTIMES[settings.runtime], settings.facts
    reads, given = _reads(needs, settings, kind), _mounted(settings)
    paths = host_paths(reads, given, docker=needs.docker)
    of_node = host_paths(reads, [path for path, node in given.items() if not node], docker=needs.docker)
    privileged = needs.privileged or facts.privileged
    root = bool(of_node) or privileged
    storage = _storage(name, namespace, kind, needs, settings, runtime, root)
    literal = tuple(sorted(set(secrets) & needs.variables.keys()))
    return Workload(
        name=name,
        namespace=namespace,
        kind=kind,
        replicas=None if kind == "daemonset" else settings.replicas,
        singleton=singleton,
        config=config,
        runtime=runtime,
        settings=settings,
        roles=roles(needs.permissions) if settings.rbac else (),
        token=needs.token,
        ports=_ports(needs, settings),
        environment=environment_of(needs.variables, secrets, settings.environment),
        secrets=literal,
        names=_names(name, namespace, needs, settings, bool(literal)),
        host_paths=paths,
        storage=storage,
        resources=settings.resources or facts.resources or _LEAST,
        root=root or bool(storage.node),
        reads_others=any(not inside(one.path, _LOGS_OF_ROOT) for one in of_node),
        privileged=privileged,
        host_pid=needs.host_pid or facts.host_pid,
        host_network=facts.host_network or bool(settings.pod.get("hostNetwork")),
        clustered=facts.clustering,
        grace_seconds=settings.grace_period
        if settings.grace_period is not None
        else _GRACE_SECONDS + needs.drain_seconds,
    )


def _names(name: str, namespace: str, needs: Needs, settings: Settings, secrets: bool) -> tuple[Named, ...]:
    found = {one for one in map(named_by_rule, needs.permissions) if one is not None}
    found.update(named_by_pod(settings, secrets, namespace))
    return tuple(sorted(found - {Named("ConfigMap", namespace, name)}))


def _reads(needs: Needs, settings: Settings, kind: str) -> Reads:
    """What is read of the node; with paths that only show when it runs also what the collector presets mount for them.

    A single file, such as one with a password, is the node's where each node has a pod; elsewhere it is the user's to mount.
    """
    reads = needs.reads if kind == "daemonset" else replace(needs.reads, files=())
    if reads.known:
        return reads
    return Reads(reads.patterns, (*reads.folders, *settings.facts.mounts), reads.files)


def _mounted(settings: Settings) -> dict[str, bool]:
    """What the user mounts, and whether it is of the node."""
    of_node = {str(volume["name"]) for volume in settings.volumes if "hostPath" in volume}
    return {str(mount["mountPath"]): mount["name"] in of_node for mount in settings.mounts}


def _ports(needs: Needs, settings: Settings) -> tuple[Port, ...]:
    """The process' own server, what components open to others, and what the user adds."""
    ports = [Port("http-metrics", settings.port)]
    for node, one in needs.listeners:
        protocol = one.protocol.upper()
        if not one.local and all((one.port, protocol) != (port.number, port.protocol) for port in ports):
            ports.append(Port(_port_name(node.label, one.what, [port.name for port in ports]), one.port, protocol))
    for extra in settings.extra_ports:
        port = Port(str(extra["name"]), int(extra["port"]), str(extra.get("protocol", "TCP")))
        if all((port.number, port.protocol) != (other.number, other.protocol) for other in ports):
            ports.append(port)
    return tuple(ports)


def _port_name(label: str, what: str, taken: Sequence[str]) -> str:
    """`label-what` as ports have names: at most 15 letters, digits and `-`, a letter among them, and not taken."""
    room = 15 - len(what) - 1
    wanted = f"{label[:room]}-{what}" if what and room > 0 else label or what
    words = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in wanted.lower())
    base = "-".join(filter(None, words.split("-")))[:15].strip("-")
    if not any(letter.isalpha() for letter in base):
        base = f"port-{base}"[:15].strip("-")
    name, number = base, 2
    while name in taken:
        name = f"{base[: 14 - len(str(number))]}-{number}"
        number += 1
    return name


def _storage(
    name: str, namespace: str, kind: str, needs: Needs, settings: Settings, runtime: Runtime, root: bool
) -> Storage:
    """State outlives a pod on its node, or in a claim. A folder of the node belongs to root, so that only root has one."""
    path = settings.storage_path or settings.facts.storage_path or runtime.storage_path
    if inside(path, _mounted(settings)):
        return Storage(path, given=True)
    if settings.facts.storage_path:
        return Storage(path, node=settings.facts.storage_path)
    if kind == "daemonset" and needs.state and root:
        return Storage(path, node=f"{runtime.storage_path}/{namespace}/{name}")
    if kind == "statefulset" and (needs.state or STORAGE in settings.claim_names):
        return Storage(path, claim_gib=1 + needs.endpoints)
    return Storage(path)
