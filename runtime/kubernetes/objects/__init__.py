"""Kubernetes objects as structs that hold only the fields that components read; a kind is added by its struct and a line in `KINDS`.

They are decoded straight from the bytes of a list or a watch. Field names are those of the API in snake case; what the API
may leave out, or send as null, is None. Texts that many objects share (namespaces, nodes, images, label names and values) are
interned: a cluster has tens of thousands of pods.
"""

from runtime.kubernetes.objects.config import ConfigMap, Namespace, Secret
from runtime.kubernetes.objects.event import Event
from runtime.kubernetes.objects.ingress import Ingress
from runtime.kubernetes.objects.meta import KubernetesObject, Metadata, Resource
from runtime.kubernetes.objects.node import Node
from runtime.kubernetes.objects.pod import Pod
from runtime.kubernetes.objects.service import Endpoints, EndpointSlice, Service

__all__ = [
    "KINDS",
    "ConfigMap",
    "EndpointSlice",
    "Endpoints",
    "Event",
    "Ingress",
    "KubernetesObject",
    "Metadata",
    "Namespace",
    "Node",
    "Pod",
    "Resource",
    "Secret",
    "Service",
]

KINDS: tuple[type[KubernetesObject], ...] = (
    Namespace, Node, Pod, Service, Endpoints, EndpointSlice, Ingress, Event, Secret, ConfigMap,
)  # fmt: skip
