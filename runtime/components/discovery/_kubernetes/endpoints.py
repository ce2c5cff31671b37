"""Role `endpoints`: a target for every address and port, with the labels of its service and pod, and for every other port of
those pods."""

from __future__ import annotations

from collections.abc import Iterator

from runtime.components.discovery._kubernetes.addresses import Pods, service_labels
from runtime.components.discovery._kubernetes.labels import ADDRESS, Labels, host_port, metadata_labels
from runtime.components.discovery._kubernetes.role import Look, Role
from runtime.kubernetes.objects import Endpoints, Pod, Service
from runtime.kubernetes.objects.service import EndpointAddress, EndpointPort

__all__ = ["ROLE"]

_ENDPOINT = "__meta_kubernetes_endpoint_"


def targets(endpoints: Endpoints, look: Look) -> Iterator[Labels]:
    metadata = endpoints.metadata
    shared = {
        **look.namespace_labels(metadata),
        **metadata_labels("endpoints", metadata),
        **service_labels(look.get(Service, endpoints.key)),
    }
    pods = Pods(look, metadata.namespace)
    for subset in endpoints.subsets or ():
        for port in subset.ports or ():
            for ready, addresses in (("true", subset.addresses), ("false", subset.not_ready_addresses)):
                for address in addresses or ():
                    yield {**shared, **_target(address, port, ready, look, pods)}
    for labels in pods.uncovered():
        yield {**shared, **labels}


def _target(address: EndpointAddress, port: EndpointPort, ready: str, look: Look, pods: Pods) -> Labels:
    protocol, reference, number = port.protocol or "", address.target_ref, port.port or 0
    labels = {
        ADDRESS: host_port(address.ip, number),
        f"{_ENDPOINT}port_name": port.name or "",
        f"{_ENDPOINT}port_protocol": protocol,
        f"{_ENDPOINT}ready": ready,
    }
    if reference is not None:
        labels[f"{_ENDPOINT}address_target_kind"] = reference.kind
        labels[f"{_ENDPOINT}address_target_name"] = reference.name
    if address.node_name is not None:
        labels[f"{_ENDPOINT}node_name"] = address.node_name
    if address.hostname:
        labels[f"{_ENDPOINT}hostname"] = address.hostname
    node = address.node_name
    if node is None and reference is not None and reference.kind == "Node":
        node = reference.name
    return {**labels, **look.node_labels(node), **pods.labels(reference, number, protocol)}


ROLE = Role("endpoints", Endpoints, targets, beside=(Service, Pod), attaches_node=True)
