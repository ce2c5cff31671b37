"""Pods."""

from __future__ import annotations

from typing import ClassVar

import msgspec
from msgspec.structs import force_setattr

from runtime.kubernetes.objects.meta import Condition, KubernetesObject, Part, Resource, intern_fields

__all__ = ["Container", "ContainerPort", "ContainerStatus", "Pod", "PodSpec", "PodStatus"]


class ContainerPort(Part, frozen=True):
    container_port: int
    name: str = ""
    protocol: str = "TCP"

    def __post_init__(self) -> None:
        intern_fields(self, "name", "protocol")


class Container(Part, frozen=True):
    name: str
    image: str = ""
    ports: list[ContainerPort] | None = None

    def __post_init__(self) -> None:
        intern_fields(self, "name", "image")


class PodSpec(Part, frozen=True):
    node_name: str = ""
    containers: list[Container] | None = None
    init_containers: list[Container] | None = None

    def __post_init__(self) -> None:
        intern_fields(self, "node_name")


class ContainerStatus(Part, frozen=True):
    name: str
    container_id: str = msgspec.field(default="", name="containerID")

    def __post_init__(self) -> None:
        intern_fields(self, "name")


class PodStatus(Part, frozen=True):
    phase: str = ""
    pod_ip: str = msgspec.field(default="", name="podIP")
    host_ip: str = msgspec.field(default="", name="hostIP")
    conditions: list[Condition] | None = None
    container_statuses: list[ContainerStatus] | None = None
    init_container_statuses: list[ContainerStatus] | None = None

    def __post_init__(self) -> None:
        intern_fields(self, "phase", "host_ip")
        ready = [condition for condition in self.conditions or () if condition.type == "Ready"]
        force_setattr(self, "conditions", ready or None)


class Pod(KubernetesObject, frozen=True):
    """Of the conditions, only `Ready` is kept."""

    resource: ClassVar = Resource("v1", "Pod", "pods")
    spec: PodSpec = PodSpec()
    status: PodStatus = PodStatus()
