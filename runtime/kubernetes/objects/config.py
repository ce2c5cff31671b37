"""Namespaces, and the kinds that hold configuration."""

from __future__ import annotations

from typing import ClassVar

from runtime.kubernetes.objects.meta import KubernetesObject, Labels, Resource

__all__ = ["ConfigMap", "Namespace", "Secret"]


class Namespace(KubernetesObject, frozen=True):
    resource: ClassVar = Resource("v1", "Namespace", "namespaces", namespaced=False)


class Secret(KubernetesObject, frozen=True):
    """Values are base64, as the API has them."""

    resource: ClassVar = Resource("v1", "Secret", "secrets")
    data: Labels | None = None


class ConfigMap(KubernetesObject, frozen=True):
    resource: ClassVar = Resource("v1", "ConfigMap", "configmaps")
    data: Labels | None = None
