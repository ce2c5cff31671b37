"""What can be wrong with values: the facts KM100 to KM149 and their sentences."""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity, did_you_mean

__all__ = [
    "BadName", "BadSet", "BadValue", "BooleanKey", "DuplicateKey", "DuplicateName", "EmbeddedSecret",
    "FeatureOnAndOff", "IdleCollector", "IncapableDestination", "InferredAuth", "InvalidYaml", "LiteralSecret",
    "MissingKey", "MissingSecretNamespace", "NoDestination", "NotAllowed", "NotNamed", "NothingEnabled", "PresetConflict",
    "RenamedKey", "RootNotMap", "TemplatedSnippet", "UnknownCollector", "UnknownCollectorPreset", "UnknownDestination",
    "UnknownKey", "UnknownPreset", "UnsupportedKey", "UnsupportedValue", "UnusedKey", "WorkloadMismatch", "WrongType",
]  # fmt: skip


def _suggest(name: str, known: tuple[str, ...], what: str) -> str | None:
    near = did_you_mean(name, known)
    if near is not None:
        return f"did you mean `{near}`?"
    return f"{what}: {', '.join(f'`{word}`' for word in known)}" if 0 < len(known) <= 12 else None


@dataclass(frozen=True)
class InvalidYaml(Fact, code="KM100"):
    """The file is no YAML that Helm would read.

    Typical causes: a tab in the indentation, a `:` inside an unquoted text, an unclosed bracket or quote.
    """

    problem: str

    def message(self) -> str:
        return f"invalid YAML: {self.problem}"

    def help(self) -> str | None:
        if "'\\t'" in self.problem:
            return "indent with spaces, YAML allows no tabs"
        if "'|'" in self.problem or "'>'" in self.problem:
            return "a block of text cannot stand inside `{}` or `[]`: write each key on a line of its own"
        if "'@'" in self.problem or "'`'" in self.problem or "'%'" in self.problem:
            return "put the text in quotes"
        if "mapping values are not allowed" in self.problem:
            return "put a text that contains `: ` in quotes"
        return None


@dataclass(frozen=True)
class DuplicateKey(Fact, code="KM101"):
    """A map has the same key twice. YAML forbids it; Helm takes the last one without a word."""

    key: str

    def message(self) -> str:
        return f"key `{self.key}` stands twice in the same map"

    def help(self) -> str:
        return "remove one, or write both contents under one key"


@dataclass(frozen=True)
class RootNotMap(Fact, code="KM102"):
    """A values file must be a map of keys."""

    found: str

    def message(self) -> str:
        return f"values must be a map, this is a {self.found}"


@dataclass(frozen=True)
class BadSet(Fact, code="KM103"):
    """A `--set`, `--set-string` or `--set-file` is not in Helm's syntax."""

    option: str
    problem: str

    def message(self) -> str:
        return f"`{self.option}`: {self.problem}"

    def help(self) -> str:
        return "write `key.path=value`, `list={a,b}` or `list[0].key=value`; `\\.` and `\\,` stand for themselves"


@dataclass(frozen=True)
class UnknownKey(Fact, code="KM104"):
    """A key that nothing reads, usually a typo. `--allow-unknown` makes it a warning."""

    key: str
    parent: str
    known: tuple[str, ...]

    def message(self) -> str:
        return f"unknown key `{self.key}` in `{self.parent}`" if self.parent else f"unknown key `{self.key}`"

    def help(self) -> str | None:
        return _suggest(self.key, self.known, "known keys")


@dataclass(frozen=True)
class UnsupportedKey(Fact, code="KM105"):
    """A key of the k8s-monitoring chart that kmon does not support yet. `--allow-unknown` makes it a warning."""

    path: str

    def message(self) -> str:
        return f"`{self.path}` is a key of k8s-monitoring that kmon does not support yet"

    def help(self) -> str:
        return "remove it, or pass `--allow-unknown` to go on without it"


@dataclass(frozen=True)
class RenamedKey(Fact, code="KM106"):
    """A key of an older major version of the k8s-monitoring chart."""

    key: str
    now: str

    def message(self) -> str:
        return f"`{self.key}` is a key of older k8s-monitoring values, version 4 has `{self.now}`"

    def help(self) -> str:
        return f"write `{self.now}`"


@dataclass(frozen=True)
class WrongType(Fact, code="KM107"):
    """A value has another type than the key takes."""

    path: str
    expected: str
    found: str
    keys: tuple[str, ...] = ()

    def message(self) -> str:
        return f"`{self.path}` takes {self.expected}, this is {self.found}"

    def help(self) -> str | None:
        if "text" in self.expected and self.found in ("a number", "a boolean"):
            return "put the value in quotes"
        if self.expected == "a list":
            return "write `[a, b]`, or one `- item` a line"
        if self.expected == "a boolean":
            return "write `true` or `false`, without quotes"
        if self.expected == "a map" and self.keys:
            return f"write its keys below it, such as `{self.keys[0]}: …`"
        return None


@dataclass(frozen=True)
class NotAllowed(Fact, code="KM108"):
    """A value is none of those that the key takes."""

    path: str
    found: str
    allowed: tuple[str, ...]

    def message(self) -> str:
        return f"`{self.path}` cannot be `{self.found}`"

    def help(self) -> str:
        near = did_you_mean(self.found, self.allowed)
        return (
            f"did you mean `{near}`?" if near else f"it takes {', '.join(f'`{word}`' for word in self.allowed if word)}"
        )


@dataclass(frozen=True)
class MissingKey(Fact, code="KM109"):
    """A key that must be written is not there."""

    path: str
    example: str

    def message(self) -> str:
        return f"`{self.path}` is missing"

    def help(self) -> str:
        return f"write `{self.example}`"


@dataclass(frozen=True)
class BadValue(Fact, code="KM110"):
    """A value of the right type that the key cannot take."""

    path: str
    problem: str

    def message(self) -> str:
        return f"`{self.path}`: {self.problem}"


@dataclass(frozen=True)
class UnusedKey(Fact, code="KM111", severity=Severity.WARNING):
    """A known key that changes nothing in what is rendered, because nothing that is switched on reads it."""

    path: str
    reason: str

    def message(self) -> str:
        return f"`{self.path}` changes nothing{f': {self.reason}' if self.reason else ''}"


@dataclass(frozen=True)
class BooleanKey(Fact, code="KM112", severity=Severity.WARNING):
    """To YAML 1.1, which Helm reads, an unquoted `y`, `n`, `yes`, `no`, `on` or `off` is a boolean, also as a key."""

    text: str

    def message(self) -> str:
        return f"the key `{self.text}` is a boolean to Helm"

    def help(self) -> str:
        return f'write `"{self.text}"`'


@dataclass(frozen=True)
class NotNamed(Fact, code="KM113"):
    """Destinations and collectors are maps from name to settings; up to version 3 destinations were a list."""

    key: str
    path: str
    found: str

    def message(self) -> str:
        if self.found == "a list":
            return f"`{self.path}` is a list, as in values of k8s-monitoring 3; it is a map from name to settings now"
        return f"`{self.path}` is {self.found}; `{self.key}` is a map from name to settings"

    def help(self) -> str:
        if self.key == "destinations":
            name = ": each item's `name` becomes its key" if self.found == "a list" else ""
            return f"write `destinations: {{logs: {{type: loki, url: …}}}}`{name}"
        return f"write `{self.key}: {{name: {{…}}}}`"


@dataclass(frozen=True)
class TemplatedSnippet(Fact, code="KM114", severity=Severity.WARNING):
    """Helm templating inside Alloy text. The chart runs such text through Helm, kmon takes it as it is."""

    path: str

    def message(self) -> str:
        return f"`{self.path}` contains Helm templating, which kmon does not run"

    def help(self) -> str:
        return "write the resulting text"


@dataclass(frozen=True)
class UnsupportedValue(Fact, code="KM115"):
    """A value that k8s-monitoring knows and kmon does not support yet."""

    path: str
    value: str
    supported: tuple[str, ...]

    def message(self) -> str:
        return f"`{self.path}: {self.value}` is not supported by kmon yet"

    def help(self) -> str:
        return f"supported: {', '.join(f'`{word}`' for word in self.supported)}"


@dataclass(frozen=True)
class UnknownPreset(Fact, code="KM120"):
    """`presets` names something that is no preset."""

    name: str
    known: tuple[str, ...]

    def message(self) -> str:
        return f"there is no preset `{self.name}`"

    def help(self) -> str | None:
        return _suggest(self.name, self.known, "presets")


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
        return _suggest(self.name, self.known, "destinations")


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
        return _suggest(self.name, self.known, "collectors")


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
