"""What endpoints and endpoint slices share: the pods behind addresses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from runtime.components.discovery._kubernetes.labels import (
    ADDRESS,
    Labels,
    containers,
    host_port,
    metadata_labels,
    pod_labels,
    port_labels,
)
from runtime.components.discovery._kubernetes.role import Look
from runtime.kubernetes.objects import Pod, Service
from runtime.kubernetes.objects.meta import ObjectReference

__all__ = ["Pods", "service_labels"]


class Pods:
    """The pods that the addresses of one object refer to, and which of their ports an endpoint covers."""

    def __init__(self, look: Look, namespace: str) -> None:
        self._look = look
        self._namespace = namespace
        self._covered: dict[str, tuple[Pod, set[int]]] = {}

    def labels(self, reference: ObjectReference | None, port: int | None, protocol: str) -> Mapping[str, str]:
        """The labels of the pod and of the container that has the port; none where the address is no pod's."""
        if reference is None or reference.kind != "Pod":
            return {}
        pod = self._look.get(Pod, f"{reference.namespace or self._namespace}/{reference.name}")
        if pod is None:
            return {}
        covered = self._covered.setdefault(pod.key, (pod, set()))[1]
        if port is None:
            return pod_labels(pod)
        covered.add(port)
        for container, init in containers(pod):
            for found in container.ports or ():
                if found.container_port == port:
                    return {**pod_labels(pod), **port_labels(container, init, found.name, port, protocol)}
        return pod_labels(pod)

    def uncovered(self) -> Iterator[Labels]:
        """A target for each container port that no endpoint covers."""
        for pod, covered in self._covered.values():
            if not pod.status.pod_ip:
                continue
            for container, init in containers(pod):
                for port in container.ports or ():
                    number = port.container_port
                    if number not in covered:
                        yield {
                            ADDRESS: host_port(pod.status.pod_ip, number),
                            **pod_labels(pod),
                            **port_labels(container, init, port.name, number, port.protocol),
                        }


def service_labels(service: Service | None) -> Labels:
    return metadata_labels("service", service.metadata) if service is not None else {}
