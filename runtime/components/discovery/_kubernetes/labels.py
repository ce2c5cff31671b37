"""What the labels of all roles have in common."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from sys import intern

from runtime.kubernetes.objects import Metadata, Pod
from runtime.kubernetes.objects.pod import Container

__all__ = [
    "ADDRESS",
    "META",
    "Labels",
    "containers",
    "host_port",
    "metadata_labels",
    "pod_labels",
    "port_labels",
    "sanitized",
]

Labels = dict[str, str]

ADDRESS, META = "__address__", "__meta_kubernetes_"
_UNSAFE = re.compile(r"[^a-zA-Z0-9_]")


def sanitized(name: str) -> str:
    return _UNSAFE.sub("_", name)


def metadata_labels(prefix: str, metadata: Metadata) -> Labels:
    """The name, and every label and annotation beside a mark that it is there."""
    return {_name(prefix): metadata.name, **_marked(prefix, metadata)}


def namespace_labels(metadata: Metadata) -> Labels:
    return _marked("namespace", metadata)


def _marked(prefix: str, metadata: Metadata) -> Labels:
    out = {}
    for kind, values in (("label", metadata.labels), ("annotation", metadata.annotations)):
        for name, value in (values or {}).items():
            named, present = _names(prefix, kind, name)
            out[named] = value
            out[present] = "true"
    return out


@cache
def _name(prefix: str) -> str:
    return intern(f"{META}{prefix}_name")


@lru_cache(maxsize=16_384)
def _names(prefix: str, kind: str, name: str) -> tuple[str, str]:
    """Interned: every pod has them."""
    safe = sanitized(name)
    return intern(f"{META}{prefix}_{kind}_{safe}"), intern(f"{META}{prefix}_{kind}present_{safe}")


def host_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def pod_labels(pod: Pod) -> Labels:
    """The labels that all targets of a pod share."""
    ready = pod.status.conditions
    owner = next((owner for owner in pod.metadata.owner_references or () if owner.controller), None)
    return {
        "__meta_kubernetes_pod_ip": pod.status.pod_ip,
        "__meta_kubernetes_pod_ready": intern(ready[0].status.lower()) if ready else "unknown",
        "__meta_kubernetes_pod_phase": pod.status.phase,
        "__meta_kubernetes_pod_node_name": pod.spec.node_name,
        "__meta_kubernetes_pod_host_ip": pod.status.host_ip,
        "__meta_kubernetes_pod_uid": pod.metadata.uid,
        **(
            {"__meta_kubernetes_pod_controller_kind": owner.kind, "__meta_kubernetes_pod_controller_name": owner.name}
            if owner
            else {}
        ),
        **metadata_labels("pod", pod.metadata),
    }


def containers(pod: Pod) -> Iterator[tuple[Container, str]]:
    """Every container with the value of its `init` label."""
    for container in pod.spec.containers or ():
        yield container, "false"
    for container in pod.spec.init_containers or ():
        yield container, "true"


def port_labels(container: Container, init: str, name: str, number: int, protocol: str) -> Mapping[str, str]:
    return {
        "__meta_kubernetes_pod_container_name": container.name,
        "__meta_kubernetes_pod_container_image": container.image,
        "__meta_kubernetes_pod_container_init": init,
        "__meta_kubernetes_pod_container_port_name": intern(name),
        "__meta_kubernetes_pod_container_port_number": intern(str(number)),
        "__meta_kubernetes_pod_container_port_protocol": intern(protocol),
    }
