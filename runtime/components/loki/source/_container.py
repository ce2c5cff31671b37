"""Which container a target stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from runtime.signals.labels import Labels

__all__ = ["ContainerRef", "IncompleteTargetError"]

_PARTS = {
    "namespace": ("__pod_namespace__", "__meta_kubernetes_namespace"),
    "pod": ("__pod_name__", "__meta_kubernetes_pod_name"),
    "container": ("__pod_container_name__", "__meta_kubernetes_pod_container_name"),
    "uid": ("__pod_uid__", "__meta_kubernetes_pod_uid"),
}


class IncompleteTargetError(ValueError):
    """A target does not say which container it stands for; the text names what it lacks."""


@dataclass(frozen=True, slots=True)
class ContainerRef:
    """`labels` are those of its lines."""

    namespace: str
    pod: str
    container: str
    uid: str
    labels: Labels

    @classmethod
    def of(cls, target: Mapping[str, str], job: str) -> ContainerRef:
        """`job` is the label's value where the target has none. Raises `IncompleteTargetError`."""
        found = {part: next(filter(None, map(target.get, names)), "") for part, names in _PARTS.items()}
        if missing := [" or ".join(f"`{name}`" for name in _PARTS[part]) for part in _PARTS if not found[part]]:
            raise IncompleteTargetError(f"a target has no {', no '.join(missing)}: {dict(target)}")
        instance = f"{found['namespace']}/{found['pod']}:{found['container']}"
        visible = {name: value for name, value in target.items() if not name.startswith("__")}
        return cls(**found, labels=Labels({"job": job, "instance": instance, **visible}))

    @property
    def name(self) -> str:
        """Unique in the cluster, now and later."""
        return f"{self.namespace}/{self.pod}:{self.container}:{self.uid}"

    @property
    def path(self) -> str:
        """Of the log, at the API server."""
        return f"/api/v1/namespaces/{self.namespace}/pods/{self.pod}/log"
