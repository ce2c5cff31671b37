"""Ingresses."""

from __future__ import annotations

from typing import ClassVar

from runtime.kubernetes.objects.meta import KubernetesObject, Part, Resource

__all__ = ["Ingress", "IngressRule"]


class IngressPath(Part, frozen=True):
    path: str = ""


class IngressHttp(Part, frozen=True):
    paths: list[IngressPath] | None = None


class IngressRule(Part, frozen=True):
    host: str = ""
    http: IngressHttp | None = None


class IngressTLS(Part, frozen=True):
    hosts: list[str] | None = None


class IngressSpec(Part, frozen=True):
    ingress_class_name: str | None = None
    rules: list[IngressRule] | None = None
    tls: list[IngressTLS] | None = None


class Ingress(KubernetesObject, frozen=True):
    resource: ClassVar = Resource("networking.k8s.io/v1", "Ingress", "ingresses")
    spec: IngressSpec = IngressSpec()
