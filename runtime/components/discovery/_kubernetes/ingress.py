"""Role `ingress`: a target for every path of every rule."""

from __future__ import annotations

from collections.abc import Iterator

from runtime.components.discovery._kubernetes.labels import ADDRESS, Labels, metadata_labels
from runtime.components.discovery._kubernetes.role import Look, Role
from runtime.kubernetes.objects import Ingress

__all__ = ["ROLE"]


def targets(ingress: Ingress, look: Look) -> Iterator[Labels]:
    spec = ingress.spec
    shared = {**look.namespace_labels(ingress.metadata), **metadata_labels("ingress", ingress.metadata)}
    if spec.ingress_class_name is not None:
        shared["__meta_kubernetes_ingress_class_name"] = spec.ingress_class_name
    secure = [host for tls in spec.tls or () for host in tls.hosts or ()]
    for rule in spec.rules or ():
        scheme = "https" if any(_covers(host, rule.host) for host in secure) else "http"
        paths = [path.path or "/" for path in (rule.http.paths if rule.http is not None else None) or ()]
        for path in paths or ["/"]:
            yield {
                ADDRESS: rule.host,
                **shared,
                "__meta_kubernetes_ingress_scheme": scheme,
                "__meta_kubernetes_ingress_host": rule.host,
                "__meta_kubernetes_ingress_path": path,
            }


def _covers(pattern: str, host: str) -> bool:
    """A wildcard stands for exactly one label of the host's name."""
    if not pattern.startswith("*."):
        return pattern == host
    first, dot, rest = host.partition(".")
    return bool(first and dot) and rest == pattern[2:]


ROLE = Role("ingress", Ingress, targets)
