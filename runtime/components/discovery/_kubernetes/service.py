"""Role `service`: a target for every port of every service."""

from __future__ import annotations

from collections.abc import Iterator

from runtime.components.discovery._kubernetes.labels import ADDRESS, Labels, metadata_labels
from runtime.components.discovery._kubernetes.role import Look, Role
from runtime.kubernetes.objects import Service

__all__ = ["ROLE"]


def targets(service: Service, look: Look) -> Iterator[Labels]:
    metadata, spec = service.metadata, service.spec
    shared = {
        **look.namespace_labels(metadata),
        **metadata_labels("service", metadata),
        "__meta_kubernetes_service_type": spec.type,
    }
    if spec.type == "ExternalName":
        shared["__meta_kubernetes_service_external_name"] = spec.external_name
    else:
        shared["__meta_kubernetes_service_cluster_ip"] = spec.cluster_ip
    if spec.type == "LoadBalancer":
        # The address that was asked for, not the one that the status says was given.
        shared["__meta_kubernetes_service_loadbalancer_ip"] = spec.load_balancer_ip
    for port in spec.ports or ():
        yield {
            ADDRESS: f"{metadata.name}.{metadata.namespace}.svc:{port.port}",
            **shared,
            "__meta_kubernetes_service_port_name": port.name,
            "__meta_kubernetes_service_port_number": str(port.port),
            "__meta_kubernetes_service_port_protocol": port.protocol,
        }


ROLE = Role("service", Service, targets)
