"""What can be wrong with what values ask for: the facts KM121 to KM149 and their sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from compiler.diagnostics import Fact, Severity, did_you_mean
from compiler.values.errors import suggest

__all__ = [
    "BadName", "DuplicateName", "EmbeddedSecret", "FeatureOnAndOff", "IdleCollector", "IncapableDestination",
    "InferredAuth", "LiteralSecret", "MissingClustering", "MissingSecretNamespace", "NoDestination", "NotClustered", "NothingEnabled",
    "PodsReadTwice", "PresetConflict", "UnknownCollector", "UnknownCollectorPreset", "UnknownDestination", "WorkloadMismatch",
]  # fmt: skip


@dataclass(frozen=True)
class NothingEnabled(Fact, code="KM121"):
    """No feature is switched on and no collector has `extraConfig`: there is nothing to render."""

    known: tuple[str, ...]

    def message(self) -> str:
        return "nothing is switched on"

    def help(self) -> str:
        return f"write `presets: [{', '.join(self.known)}]`"


@dataclass(frozen=True)
class FeatureOnAndOff(Fact, code="KM122"):
    """`presets` switches a feature on and its own block switches it off."""

    preset: str
    key: str

    def message(self) -> str:
        return f"preset `{self.preset}` is listed in `presets`, and `{self.key}.enabled` is false"

    def help(self) -> str:
        return "remove one of the two"


@dataclass(frozen=True)
class UnknownDestination(Fact, code="KM123"):
    """A name that `destinations` does not define."""

    name: str
    known: tuple[str, ...]

    def message(self) -> str:
        return f"there is no destination `{self.name}`"

    def help(self) -> str | None:
        return suggest(self.name, self.known, "destinations")


@dataclass(frozen=True)
class IncapableDestination(Fact, code="KM124"):
    """A feature names a destination that cannot take what the feature sends."""

    name: str
    problem: str

    def message(self) -> str:
        return f"destination `{self.name}` {self.problem}"


@dataclass(frozen=True)
class NoDestination(Fact, code="KM125"):
    """A feature is switched on and no destination takes its signal."""

    feature: str
    signal: str
    type: str

    def message(self) -> str:
        return f"`{self.feature}` sends {self.signal}, and no destination takes them"

    def help(self) -> str:
        return f"write `destinations: {{{self.signal}: {{type: {self.type}, url: …}}}}`"


@dataclass(frozen=True)
class DuplicateName(Fact, code="KM126"):
    """Two names that become the same Alloy label or Kubernetes name."""

    kind: str
    name: str
    other: str

    def message(self) -> str:
        return f"{self.kind}s `{self.other}` and `{self.name}` have the same name in the rendered text"


@dataclass(frozen=True)
class BadName(Fact, code="KM127"):
    """A name that cannot become the label of a component (a destination's) or the name of a file (a collector's)."""

    kind: str
    name: str

    def message(self) -> str:
        return f"`{self.name}` cannot name a {self.kind}"

    def help(self) -> str:
        if self.kind == "collector":
            return "use letters, digits, `-`, `_` and `.`; begin and end with a letter or digit"
        return "start with a letter, go on with letters, digits, `-` and `_`"


@dataclass(frozen=True)
class UnknownCollector(Fact, code="KM128"):
    """A feature names a collector that is not there."""

    name: str
    known: tuple[str, ...]

    def message(self) -> str:
        return f"there is no collector `{self.name}`"

    def help(self) -> str | None:
        return suggest(self.name, self.known, "collectors")


@dataclass(frozen=True)
class WorkloadMismatch(Fact, code="KM129"):
    """A feature must run in one kind of workload, and its collector is another."""

    feature: str
    needs: str
    collector: str
    kind: str

    def message(self) -> str:
        return f"`{self.feature}` must run in a {self.needs}, collector `{self.collector}` is a {self.kind}"

    def help(self) -> str:
        return f"give it another collector, or write `collectors: {{{self.collector}: {{presets: [{self.needs}]}}}}`"


@dataclass(frozen=True)
class IdleCollector(Fact, code="KM130", severity=Severity.WARNING):
    """A collector that no feature uses and that has no `extraConfig`: nothing is rendered for it."""

    name: str

    def message(self) -> str:
        return f"collector `{self.name}` runs nothing"

    def help(self) -> str:
        return "assign a feature to it (`collector:`), give it `extraConfig`, or remove it"


@dataclass(frozen=True)
class UnknownCollectorPreset(Fact, code="KM131"):
    """`collectors.<name>.presets` names something that is no collector preset."""

    name: str
    known: tuple[str, ...]

    def message(self) -> str:
        return f"there is no collector preset `{self.name}`"

    def help(self) -> str | None:
        near = did_you_mean(self.name, self.known)
        return f"did you mean `{near}`?" if near else "`kmon presets` lists them"


@dataclass(frozen=True)
class PresetConflict(Fact, code="KM132", severity=Severity.WARNING):
    """Two collector presets contradict each other. As in the chart the one listed first wins."""

    first: str
    second: str
    what: str

    def message(self) -> str:
        return f"collector presets `{self.first}` and `{self.second}` contradict each other ({self.what})"

    def help(self) -> str:
        return f"`{self.first}` wins; remove `{self.second}`"


@dataclass(frozen=True)
class LiteralSecret(Fact, code="KM133", severity=Severity.WARNING):
    """A secret stands in the values. Rendered text never holds secrets, so it reads an environment variable instead.

    The variable must be set where the text runs; `kmon run values.yaml` sets it by itself.
    """

    path: str
    variable: str
    instead: str = ""
    from_secret: bool = False
    confidential: ClassVar[bool] = True

    def message(self) -> str:
        return f"`{self.path}` is a secret in plain text; the rendered text reads it from `{self.variable}`"

    def help(self) -> str:
        if not self.instead:
            return f"set `{self.variable}` where the text runs, and take the secret out of the values"
        return f"write `{self.instead}`" + (
            ", or name a Kubernetes Secret in `secret.name`" if self.from_secret else ""
        )


@dataclass(frozen=True)
class InferredAuth(Fact, code="KM134", severity=Severity.WARNING):
    """Username and password are given without `auth.type`; they are used as basic authentication."""

    path: str

    def message(self) -> str:
        return f"`{self.path}.type` is missing, username and password are used as `basic`"

    def help(self) -> str:
        return "write `type: basic`"


@dataclass(frozen=True)
class EmbeddedSecret(Fact, code="KM135", severity=Severity.WARNING):
    """`secret.embed` asks for secrets inside the rendered text, which kmon never writes."""

    path: str

    def message(self) -> str:
        return f"`{self.path}` changes nothing: secrets never stand in rendered text"

    def help(self) -> str:
        return "remove it; each secret becomes a reference to an environment variable"


@dataclass(frozen=True)
class MissingSecretNamespace(Fact, code="KM136"):
    """A Kubernetes Secret is to be read and its namespace is not known before the installation."""

    path: str

    def message(self) -> str:
        return f"`{self.path}.namespace` is missing: the namespace to read the Secret from"

    def help(self) -> str:
        return "write `namespace: …`, or pass `--namespace`"


@dataclass(frozen=True)
class MissingClustering(Fact, code="KM137"):
    """A feature that reads the whole cluster runs in a collector of several replicas, which do not share the work: each
    of them would read, and send, everything."""

    feature: str
    collector: str

    def message(self) -> str:
        return f"every replica of the clustered collector `{self.collector}` would send all that `{self.feature}` reads"

    def help(self) -> str:
        return f"write `{self.feature}: {{clustering: true}}`, or give it a collector with the preset `singleton`"


@dataclass(frozen=True)
class NotClustered(Fact, code="KM138"):
    """A feature is to share its work among replicas, and its collector has none that know of each other."""

    feature: str
    collector: str

    def message(self) -> str:
        return f"`{self.feature}.clustering` is true, and collector `{self.collector}` is not clustered"

    def help(self) -> str:
        return (
            f"remove `clustering`, or write `collectors: {{{self.collector}: {{presets: [clustered, statefulset]}}}}`"
        )


@dataclass(frozen=True)
class PodsReadTwice(Fact, code="KM139", severity=Severity.WARNING):
    """Two ways of reading pod logs choose the same pods and send to the same destination."""

    feature: str
    other: str

    def message(self) -> str:
        return f"`{self.other}` and `{self.feature}` read the same pods: every line arrives twice"

    def help(self) -> str:
        return "remove one of them, or share the pods out by `namespaces`, `labelSelectors` or `annotationSelector`"
