"""What can be wrong with values as written: the facts KM100 to KM120 and their sentences."""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity, did_you_mean

__all__ = [
    "BadSet", "BadValue", "BooleanKey", "DuplicateKey", "InvalidYaml", "MissingKey", "NotAllowed", "NotNamed",
    "RenamedKey", "RootNotMap", "TemplatedSnippet", "UnknownKey", "UnknownPreset", "UnsupportedKey", "UnsupportedValue",
    "UnusedKey", "WrongType", "suggest",
]  # fmt: skip


def suggest(name: str, known: tuple[str, ...], what: str) -> str | None:
    """The help for a name that is none of `known`: the nearest, or all of them when they are few."""
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
        return suggest(self.key, self.known, "known keys")


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
    """A key that must be written is not there, or is empty."""

    path: str
    example: str
    empty: bool = False

    def message(self) -> str:
        return f"`{self.path}` is {'empty' if self.empty else 'missing'}"

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
        return suggest(self.name, self.known, "presets")
