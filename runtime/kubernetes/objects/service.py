"""Services, and the addresses behind them."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from runtime.kubernetes.objects.meta import KubernetesObject, Labels, ObjectReference, Part, Resource

__all__ = [
    "Endpoint",
    "EndpointAddress",
    "EndpointPort",
    "EndpointSlice",
    "EndpointSubset",
    "Endpoints",
    "Service",
    "ServicePort",
]


class ServicePort(Part, frozen=True):
    port: int
    name: str = ""
    protocol: str = "TCP"


class ServiceSpec(Part, frozen=True):
    type: str = ""
    cluster_ip: str = msgspec.field(default="", name="clusterIP")
    external_name: str = ""
    load_balancer_ip: str = msgspec.field(default="", name="loadBalancerIP")
    ip_families: list[str] | None = None
    ip_family_policy: str | None = None
    ports: list[ServicePort] | None = None


class Service(KubernetesObject, frozen=True):
    resource: ClassVar = Resource("v1", "Service", "services")
    spec: ServiceSpec = ServiceSpec()


class EndpointAddress(Part, frozen=True):
    ip: str
    hostname: str = ""
    node_name: str | None = None
    target_ref: ObjectReference | None = None


class EndpointPort(Part, frozen=True):
    """`port` and `name` of a slice's port may be missing: then it stands for all ports."""

    port: int | None = None
    name: str | None = None
    protocol: str | None = None
    app_protocol: str | None = None


class EndpointSubset(Part, frozen=True):
    addresses: list[EndpointAddress] | None = None
    not_ready_addresses: list[EndpointAddress] | None = None
    ports: list[EndpointPort] | None = None


class Endpoints(KubernetesObject, frozen=True):
    resource: ClassVar = Resource("v1", "Endpoints", "endpoints")
    subsets: list[EndpointSubset] | None = None


class EndpointConditions(Part, frozen=True):
    ready: bool | None = None
    serving: bool | None = None
    terminating: bool | None = None


class Endpoint(Part, frozen=True):
    addresses: list[str] | None = None
    conditions: EndpointConditions = EndpointConditions()
    deprecated_topology: Labels | None = None
    hostname: str | None = None
    node_name: str | None = None
    target_ref: ObjectReference | None = None
    zone: str | None = None


class EndpointSlice(KubernetesObject, frozen=True):
    resource: ClassVar = Resource("discovery.k8s.io/v1", "EndpointSlice", "endpointslices")
    address_type: str = ""
    endpoints: list[Endpoint] | None = None
    ports: list[EndpointPort] | None = None
