"""The labels that `discovery.kubernetes` gives, by role (Prometheus' `kubernetes_sd_config`)."""

from __future__ import annotations

import re

from compiler.lint.flow.names import ANYTHING, Names

__all__ = ["is_name", "kubernetes_labels", "values_of"]

_META = "__meta_kubernetes_"
_CONTAINER = (
    "pod_container_name", "pod_container_id", "pod_container_image", "pod_container_port_name",
    "pod_container_port_number", "pod_container_port_protocol", "pod_container_init",
)  # fmt: skip
_POD = (
    *_CONTAINER, "pod_name", "pod_ip", "pod_ready", "pod_phase", "pod_node_name", "pod_host_ip", "pod_uid",
    "pod_controller_kind", "pod_controller_name", "pod_deployment_name", "pod_job_name", "pod_cronjob_name",
    "node_name",
)  # fmt: skip
_SERVICE = (
    "service_name", "service_port_name", "service_port_number", "service_port_protocol", "service_type",
    "service_cluster_ip", "service_external_name", "service_loadbalancer_ip",
)  # fmt: skip
_ENDPOINTS = (
    "endpoints_name", "endpoint_ready", "endpoint_port_name", "endpoint_port_protocol", "endpoint_node_name",
    "endpoint_hostname", "endpoint_address_target_kind", "endpoint_address_target_name",
)  # fmt: skip
_NAMES = {
    "pod": _POD,
    "node": ("node_name", "node_provider_id"),
    "service": _SERVICE,
    "endpoints": (*_ENDPOINTS, *_SERVICE, *_POD),
    "endpointslice": (*_SERVICE, *_POD),
    "ingress": ("ingress_name", "ingress_scheme", "ingress_path", "ingress_host", "ingress_class_name"),
}
_OPEN = {
    "pod": ("pod", "node", "namespace"),
    "node": ("node", "namespace"),
    "service": ("service", "namespace"),
    "endpoints": ("endpoints", "service", "pod", "node", "namespace"),
    "endpointslice": ("endpointslice", "service", "pod", "node", "namespace"),
    "ingress": ("ingress", "namespace"),
}


def kubernetes_labels(role: str | None) -> Names:
    """All names that a target of this role can have; labels and annotations of objects are prefixes."""
    if role not in _NAMES:
        return ANYTHING
    prefixes = {
        f"{_META}{owner}_{kind}_"
        for owner in _OPEN[role]
        for kind in ("label", "labelpresent", "annotation", "annotationpresent")
    }
    if role == "node":
        prefixes |= {f"{_META}node_condition_", f"{_META}node_address_"}
    if role == "endpointslice":
        prefixes |= {f"{_META}endpointslice_"}
    known = {_META + name for name in _NAMES[role]} | {f"{_META}namespace", "__address__"}
    if role == "node":
        known.add("instance")
    return Names(frozenset(known), frozenset(prefixes))


_PROTOCOLS = ("TCP", "UDP", "SCTP")
_VALUES = {
    "pod_phase": ("Pending", "Running", "Succeeded", "Failed", "Unknown"),
    "pod_ready": ("true", "false", "unknown"),
    "pod_container_init": ("true", "false"),
    "pod_container_port_protocol": _PROTOCOLS,
    "endpoint_ready": ("true", "false"),
    "endpoint_port_protocol": _PROTOCOLS,
    "service_port_protocol": _PROTOCOLS,
    "service_type": ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName"),
}


def values_of(name: str) -> tuple[str, ...] | None:
    """All values that a label of a target can have where it is there; None for one with values of any kind."""
    if "_labelpresent_" in name or "_annotationpresent_" in name:
        return ("true",) if name.startswith(_META) else None
    return _VALUES.get(name.removeprefix(_META)) if name.startswith(_META) else None


_NAME = re.compile(rf"{_META}(?:namespace|\w+_name|pod_uid|\w+_number)")


def is_name(label: str) -> bool:
    """Whether its values are names of Kubernetes: lower-case letters, digits, `-` and `.` (RFC 1123), and nothing else."""
    free = ("_external_name", "_label_", "_annotation_", "_image")
    return _NAME.fullmatch(label) is not None and not any(word in label for word in free)
