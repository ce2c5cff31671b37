"""Role `node`: a target for every node, at its kubelet's port."""

from __future__ import annotations

from collections.abc import Iterator

from runtime.components.discovery._kubernetes.labels import (
    ADDRESS,
    META,
    Labels,
    host_port,
    metadata_labels,
    sanitized,
)
from runtime.components.discovery._kubernetes.role import Look, Role
from runtime.kubernetes.objects import Node

__all__ = ["ROLE"]

_ADDRESSES = ("InternalIP", "InternalDNS", "ExternalIP", "ExternalDNS", "LegacyHostIP", "Hostname")
"""Which address is the target's, best first."""


def targets(node: Node, look: Look) -> Iterator[Labels]:  # noqa: ARG001
    addresses: dict[str, str] = {}
    for found in node.status.addresses or ():
        addresses.setdefault(found.type, found.address)
    address = next((addresses[type] for type in _ADDRESSES if type in addresses), None)
    if address is None:
        return
    conditions = node.status.conditions or ()
    yield {
        ADDRESS: host_port(address, node.status.daemon_endpoints.kubelet_endpoint.port),
        "instance": node.metadata.name,
        **metadata_labels("node", node.metadata),
        "__meta_kubernetes_node_provider_id": node.spec.provider_id,
        **{f"{META}node_condition_{sanitized(one.type).lower()}": one.status.lower() for one in conditions},
        **{f"{META}node_address_{sanitized(type)}": value for type, value in addresses.items()},
    }


ROLE = Role("node", Node, targets)
