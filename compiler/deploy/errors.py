"""What can be wrong with a workload as it is asked for: the facts KM150 to KM159 and their sentences."""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity

__all__ = [
    "BadObjectName", "ClusteringNeedsAlloy", "NoSuchVolume", "SeveralSingletons", "TakenName", "TwoAtARollout", "UnusedForKind",
    "WindowsUnsupported",
]  # fmt: skip


@dataclass(frozen=True)
class BadObjectName(Fact, code="KM150"):
    """The objects of a collector are named after it, and Kubernetes takes fewer names than a configuration does."""

    name: str

    def message(self) -> str:
        return f"`{self.name}` cannot be the name of a Kubernetes Service"

    def help(self) -> str:
        return "name the collector with at most 55 lower-case letters, digits and `-`, a letter first"


@dataclass(frozen=True)
class NoSuchVolume(Fact, code="KM151"):
    """A mount names a volume that the pod does not have, so that the API server refuses the workload."""

    mount: str
    known: tuple[str, ...]

    def message(self) -> str:
        return f"the mount `{self.mount}` has no volume"

    def help(self) -> str:
        known = f"; there is {', '.join(f'`{name}`' for name in self.known)}" if self.known else ""
        return f"write it in `controller.volumes.extra`{known}"


@dataclass(frozen=True)
class TakenName(Fact, code="KM152"):
    """Two volumes or two ports of one pod have the same name, or one has a name that kmon gives itself."""

    what: str
    name: str

    def message(self) -> str:
        return f"the {self.what} name `{self.name}` is taken"

    def help(self) -> str:
        return f"give the {self.what} another name"


@dataclass(frozen=True)
class ClusteringNeedsAlloy(Fact, code="KM153"):
    """Replicas share their work only when they know each other. kmon's processes do not, Grafana Alloy's do."""

    replicas: int

    def message(self) -> str:
        return "kmon forms no cluster, and every replica would do the whole work"

    def help(self) -> str:
        several = " and `controller.replicas`" if self.replicas > 1 else ""
        return f"write `runtime: alloy`, or remove the preset `clustered`{several}"


@dataclass(frozen=True)
class SeveralSingletons(Fact, code="KM154"):
    """What reads the whole cluster runs once; each further replica would send everything again."""

    replicas: int

    def message(self) -> str:
        return f"a singleton has one pod, not {self.replicas}"

    def help(self) -> str:
        return "remove `controller.replicas`, or share the work with `presets: [clustered, statefulset]` and `runtime: alloy`"


@dataclass(frozen=True)
class UnusedForKind(Fact, code="KM155", severity=Severity.WARNING):
    """A setting of one kind of workload stands at another one, where it changes nothing."""

    key: str
    kind: str

    def message(self) -> str:
        return f"`{self.key}` changes nothing for a {self.kind}"


@dataclass(frozen=True)
class WindowsUnsupported(Fact, code="KM156"):
    """Paths, users and capabilities of Windows nodes are others; manifests for them are not made yet."""

    def message(self) -> str:
        return "manifests for Windows nodes are not supported by kmon yet"

    def help(self) -> str:
        return "render the configuration (`kmon render -o DIR`), and deploy it with a chart that has Windows nodes"


@dataclass(frozen=True)
class TwoAtARollout(Fact, code="KM157", severity=Severity.WARNING):
    """A Deployment that is not recreated starts the new pod before the old one has stopped. What reads the whole cluster
    is sent twice as long as both are there."""

    def message(self) -> str:
        return "at a rollout two pods of this singleton read the same"

    def help(self) -> str:
        return "write `updateStrategy: {type: Recreate}`, or remove it"
