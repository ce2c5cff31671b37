"""Where a configuration runs: in which workload, how often, and what it finds there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from compiler.deploy.access import account_name
from compiler.deploy.granted import Granted
from compiler.deploy.named import Named, named_by_pod
from compiler.deploy.permissions import OWN_NAMESPACE, TOKEN_FOLDER, Permission
from compiler.deploy.workload import Workload
from compiler.diagnostics import Span

__all__ = ["KINDS", "Cluster", "Place"]

KINDS = ("daemonset", "deployment", "statefulset", "none")
_ALWAYS = frozenset({"HOSTNAME", "PATH", "HOME", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"})
"""Variables that every container has, or that Kubernetes sets in each."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """The cluster around it. `granted` is what the roles allow, `needed` what the configurations need of them, by service
    account (empty where that is not known), `pods` how many pods there are; None for what is not known."""

    granted: Granted | None = None
    needed: Mapping[str, frozenset[Permission]] | None = field(default_factory=dict)
    pods: int | None = None
    objects: frozenset[Named] | None = None
    """The Secrets and ConfigMaps that are there."""


@dataclass(frozen=True, slots=True)
class Place:
    """None stands for what is not known.

    `kind` is one of `KINDS`; `replicas` how many processes run the same text (a DaemonSet has one a node: None);
    `mounts` the folders of the host or of volumes that are there; `environment` the variables that are set.
    `persistent` says whether what stands at `--storage.path` (positions, write-ahead logs) outlives the pod; `stability`
    and `community` are what the flags of these names grant. `isolated`: no destination can delay another, as kmon's own
    runtime promises and Alloy does not. `clusters`: processes share the work where the text says `clustering`, as Alloy's do
    and kmon's do not.
    """

    kind: str | None = None
    replicas: int | None = None
    mounts: tuple[str, ...] | None = None
    environment: frozenset[str] | None = _ALWAYS
    persistent: bool | None = None
    stability: str | None = None
    community: bool | None = None
    isolated: bool = False
    clusters: bool = True
    whole_environment: bool = False
    """Whether nothing else sets variables."""
    extra_ports: Mapping[tuple[int, str], Span | None] = field(default_factory=dict)
    """Ports, and what they speak (tcp, udp), that are opened because someone wrote them down, with the place."""
    names: Mapping[Named, Span | None] = field(default_factory=dict)
    """Secrets and ConfigMaps without which the pod does not start, with the place that says so."""
    cluster: Cluster = Cluster()

    @classmethod
    def of_workload(cls, kind: str) -> Place:
        """What a kind of workload says by itself. Raises `ValueError` for a word that is none of `KINDS`."""
        if kind not in KINDS:
            raise ValueError(f"`{kind}` is no workload: {', '.join(KINDS)}")
        return cls(kind=kind, replicas=1 if kind == "none" else None)

    @classmethod
    def of(cls, workload: Workload, cluster: Cluster | None = None) -> Place:
        """What a workload that kmon makes has."""
        settings, cluster = workload.settings, cluster or Cluster()
        if cluster.granted is not None:
            cluster = replace(cluster, granted=cluster.granted.of(account_name(workload)))
        variables = frozenset(variable.name for variable in workload.environment)
        token = (TOKEN_FOLDER,) if workload.token else ()
        return cls(
            kind=workload.kind,
            replicas=workload.replicas,
            mounts=(*workload.mounts, *token),
            environment=None if settings.environment_from else _ALWAYS | variables,
            # A folder of the pod is what a Deployment has when nobody asked for more.
            persistent=None if workload.kind == "deployment" or workload.storage.given else workload.storage.persistent,
            stability=settings.stability,
            isolated=not workload.runtime.clusters,
            clusters=workload.runtime.clusters,
            whole_environment=True,
            extra_ports={
                (int(port["port"]), str(port.get("protocol", "TCP")).lower()): settings.span("alloy.extraPorts")
                for port in settings.extra_ports
                if int(port["port"]) != settings.port
            },
            names={
                one: settings.span(key)
                for one, key in named_by_pod(settings, bool(workload.secrets), OWN_NAMESPACE).items()
                if one != Named("ConfigMap", OWN_NAMESPACE, workload.name)
            },
            cluster=cluster,
        )

    @property
    def many(self) -> bool:
        """Whether several processes are sure to run the same text."""
        return self.kind == "daemonset" or (self.replicas or 1) > 1

    def sets(self, variable: str) -> bool | None:
        """Whether the variable is set; None when it is not known what is."""
        return None if self.environment is None else variable in self.environment

    def mounted(self, path: str) -> bool | None:
        """Whether a folder of the host that is mounted holds `path`; None when the mounts are not known."""
        if self.mounts is None:
            return None
        return any(path == mount or path.startswith(mount.rstrip("/") + "/") for mount in self.mounts)
