"""Role `pod`: a target for every port of every container, and one for a container without ports."""

from __future__ import annotations

from collections.abc import Iterator

from runtime.components.discovery._kubernetes.labels import (
    ADDRESS,
    Labels,
    containers,
    host_port,
    pod_labels,
    port_labels,
)
from runtime.components.discovery._kubernetes.role import Look, Role
from runtime.kubernetes.objects import Node, Pod

__all__ = ["ROLE"]


def targets(pod: Pod, look: Look) -> Iterator[Labels]:
    """None without an address, and none where the pod's node is asked for and not known."""
    ip = pod.status.pod_ip
    if not ip or (look.has(Node) and look.get(Node, pod.spec.node_name) is None):
        return
    shared = {
        **look.namespace_labels(pod.metadata),
        **pod_labels(pod),
        **look.node_labels(pod.spec.node_name),
    }
    statuses = (*(pod.status.container_statuses or ()), *(pod.status.init_container_statuses or ()))
    ids = {status.name: status.container_id for status in statuses}
    for container, init in containers(pod):
        container_id = {"__meta_kubernetes_pod_container_id": ids.get(container.name, "")}
        if not container.ports:
            yield {
                ADDRESS: ip,
                **shared,
                **container_id,
                "__meta_kubernetes_pod_container_name": container.name,
                "__meta_kubernetes_pod_container_image": container.image,
                "__meta_kubernetes_pod_container_init": init,
            }
        for port in container.ports or ():
            number = port.container_port
            yield {
                ADDRESS: host_port(ip, number),
                **shared,
                **container_id,
                **port_labels(container, init, port.name, number, port.protocol),
            }


ROLE = Role("pod", Pod, targets, attaches_node=True)
