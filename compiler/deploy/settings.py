"""What the user says about a collector's workload, read from the values; maps and lists are as Kubernetes has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from compiler.diagnostics import Span

__all__ = ["Facts", "ImageSettings", "Settings"]

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Facts:
    """What collector presets say about a workload, the first that says something winning. `mounts` are the folders of
    the node that are there when it is not known which are read."""

    mounts: tuple[str, ...] = ()
    resources: Json = field(default_factory=dict)
    storage_path: str = ""
    host_network: bool = False
    host_pid: bool = False
    privileged: bool = False
    clustering: bool = False
    os: str = "linux"


@dataclass(frozen=True, slots=True)
class ImageSettings:
    """Empty texts stand for what the runtime has."""

    registry: str = ""
    repository: str = ""
    tag: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """`spans` holds the place of each key that the user wrote, by its path below the collector."""

    runtime: str = "kmon"
    image: ImageSettings = ImageSettings()
    pull_policy: str = "IfNotPresent"
    pull_secrets: Sequence[Json] = ()
    stability: str = "generally-available"
    storage_path: str = ""
    port: int = 12345
    resources: Json = field(default_factory=dict)
    environment: Sequence[Json] = ()
    environment_from: Sequence[Json] = ()
    extra_arguments: Sequence[str] = ()
    extra_ports: Sequence[Json] = ()
    mounts: Sequence[Json] = ()
    volumes: Sequence[Json] = ()
    claims: Sequence[Json] = ()
    security_context: Json = field(default_factory=dict)
    replicas: int = 1
    pod: Json = field(default_factory=dict)
    """Keys of the pod's spec that are taken as they are: affinity, tolerations, …"""
    pod_labels: Json = field(default_factory=dict)
    pod_annotations: Json = field(default_factory=dict)
    grace_period: int | None = None
    update_strategy: Json = field(default_factory=dict)
    service: bool = True
    rbac: bool = True
    service_account: bool = True
    service_account_name: str = ""
    service_account_labels: Json = field(default_factory=dict)
    service_account_annotations: Json = field(default_factory=dict)
    reloader: bool = False
    reloader_image: ImageSettings = ImageSettings()
    reloader_resources: Json = field(default_factory=dict)
    facts: Facts = Facts()
    spans: Mapping[str, Span] = field(default_factory=dict)

    @property
    def claim_names(self) -> tuple[str, ...]:
        return tuple(str(claim["metadata"]["name"]) for claim in self.claims)

    def span(self, key: str) -> Span | None:
        """The place of the key, or of the nearest one above it that the user wrote."""
        while key and key not in self.spans:
            key = key.rpartition(".")[0]
        return self.spans.get(key)
