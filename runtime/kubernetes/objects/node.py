"""Nodes."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from runtime.kubernetes.objects.meta import Condition, KubernetesObject, Part, Resource

__all__ = ["Node", "NodeAddress"]


class NodeAddress(Part, frozen=True):
    type: str
    address: str


class DaemonEndpoint(Part, frozen=True):
    port: int = msgspec.field(default=0, name="Port")


class DaemonEndpoints(Part, frozen=True):
    kubelet_endpoint: DaemonEndpoint = DaemonEndpoint()


class NodeSpec(Part, frozen=True):
    provider_id: str = msgspec.field(default="", name="providerID")
    unschedulable: bool = False


class NodeStatus(Part, frozen=True):
    addresses: list[NodeAddress] | None = None
    conditions: list[Condition] | None = None
    daemon_endpoints: DaemonEndpoints = DaemonEndpoints()


class Node(KubernetesObject, frozen=True):
    resource: ClassVar = Resource("v1", "Node", "nodes", namespaced=False)
    spec: NodeSpec = NodeSpec()
    status: NodeStatus = NodeStatus()
