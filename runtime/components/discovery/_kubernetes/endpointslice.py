"""Role `endpointslice`: as role `endpoints`, from the slices of a service."""

from __future__ import annotations

from collections.abc import Iterator

from runtime.components.discovery._kubernetes.addresses import Pods, service_labels
from runtime.components.discovery._kubernetes.labels import (
    ADDRESS,
    Labels,
    host_port,
    metadata_labels,
    sanitized,
)
from runtime.components.discovery._kubernetes.role import Look, Role
from runtime.kubernetes.objects import EndpointSlice, Pod, Service
from runtime.kubernetes.objects.service import Endpoint, EndpointPort

__all__ = ["ROLE"]

_SLICE = "__meta_kubernetes_endpointslice_"
_SERVICE_NAME = "kubernetes.io/service-name"
_DUAL_STACK = ("PreferDualStack", "RequireDualStack")


def targets(item: EndpointSlice, look: Look) -> Iterator[Labels]:
    metadata = item.metadata
    name = (metadata.labels or {}).get(_SERVICE_NAME)
    service = look.get(Service, f"{metadata.namespace}/{name}") if name else None
    if service is not None and _is_second_family(item, service):
        return
    shared = {
        **look.namespace_labels(metadata),
        **metadata_labels("endpointslice", metadata),
        f"{_SLICE}address_type": item.address_type,
        **service_labels(service),
    }
    pods = Pods(look, metadata.namespace)
    for port in item.ports or ():
        for endpoint in item.endpoints or ():
            for address in endpoint.addresses or ():
                yield {**shared, **_target(address, endpoint, port, look, pods)}
    for labels in pods.uncovered():
        yield {**shared, **labels}


def _is_second_family(item: EndpointSlice, service: Service) -> bool:
    """The same endpoints stand in the slices of the first family already."""
    families = service.spec.ip_families or [item.address_type]
    return service.spec.ip_family_policy in _DUAL_STACK and families[0] != item.address_type


def _target(address: str, endpoint: Endpoint, port: EndpointPort, look: Look, pods: Pods) -> Labels:
    reference, number, conditions = endpoint.target_ref, port.port, endpoint.conditions
    labels = {ADDRESS: address if number is None else host_port(address, number)}
    optional = {
        "port_name": port.name,
        "port_protocol": port.protocol,
        "port": None if number is None else str(number),
        "port_app_protocol": port.app_protocol,
        "endpoint_conditions_ready": _text(conditions.ready),
        "endpoint_conditions_serving": _text(conditions.serving),
        "endpoint_conditions_terminating": _text(conditions.terminating),
        "endpoint_hostname": endpoint.hostname,
        "address_target_kind": None if reference is None else reference.kind,
        "address_target_name": None if reference is None else reference.name,
        "endpoint_node_name": endpoint.node_name,
        "endpoint_zone": endpoint.zone,
    }
    labels |= {f"{_SLICE}{name}": value for name, value in optional.items() if value is not None}
    for name, value in (endpoint.deprecated_topology or {}).items():
        labels[f"{_SLICE}endpoint_topology_{sanitized(name)}"] = value
        labels[f"{_SLICE}endpoint_topology_present_{sanitized(name)}"] = "true"
    node = reference.name if reference is not None and reference.kind == "Node" else endpoint.node_name
    return {**labels, **look.node_labels(node), **pods.labels(reference, number, port.protocol or "")}


def _text(condition: bool | None) -> str | None:
    return None if condition is None else str(condition).lower()


ROLE = Role("endpointslice", EndpointSlice, targets, beside=(Service, Pod), attaches_node=True)
