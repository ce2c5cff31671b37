"""Where a configuration runs: in which workload, how often, and what it finds there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

__all__ = ["KINDS", "Place"]

KINDS = ("daemonset", "deployment", "statefulset", "none")
_ALWAYS = frozenset({"HOSTNAME", "PATH", "HOME", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"})
"""Variables that every container has, or that Kubernetes sets in each."""


@dataclass(frozen=True, slots=True)
class Place:
    """None stands for what is not known.

    `kind` is one of `KINDS`; `replicas` how many processes run the same text (a DaemonSet has one a node: None);
    `mounts` the folders of the host or of volumes that are there; `environment` the variables that are set.
    `persistent` says whether what stands at `--storage.path` (positions, write-ahead logs) outlives the pod; `stability`
    and `community` are what the flags of these names grant. `isolated`: no destination can delay another, as kmon's own
    runtime promises and Alloy does not.
    """

    kind: str | None = None
    replicas: int | None = None
    mounts: tuple[str, ...] | None = None
    environment: frozenset[str] = _ALWAYS
    persistent: bool | None = None
    stability: str | None = None
    community: bool | None = None
    isolated: bool = False

    @classmethod
    def of_workload(cls, kind: str) -> Place:
        """What a kind of workload says by itself. Raises `ValueError` for a word that is none of `KINDS`."""
        if kind not in KINDS:
            raise ValueError(f"`{kind}` is no workload: {', '.join(KINDS)}")
        return cls(kind=kind, replicas=1 if kind == "none" else None)

    @classmethod
    def of_collector(cls, kind: str, singleton: bool, mounts: Sequence[str]) -> Place:
        """A collector whose mounts are known."""
        return replace(cls.of_workload(kind), replicas=1 if singleton else None, mounts=tuple(mounts))

    @property
    def many(self) -> bool:
        """Whether several processes are sure to run the same text."""
        return self.kind == "daemonset" or (self.replicas or 1) > 1

    def mounted(self, path: str) -> bool | None:
        """Whether a folder of the host that is mounted holds `path`; None when the mounts are not known."""
        if self.mounts is None:
            return None
        return any(path == mount or path.startswith(mount.rstrip("/") + "/") for mount in self.mounts)
