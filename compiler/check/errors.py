"""What can be wrong with the inside of a block: KM260 to KM271."""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Edit, Fact, Span, did_you_mean
from compiler.fixes import removed, replaced, respelled, slip_of

__all__ = [
    "AttributeAsBlock", "BlockAsAttribute", "ComponentItself", "DuplicateAttribute", "DuplicateBlock", "InnerLabelMissing",
    "InnerLabelNotAllowed", "MissingAttribute", "MissingBlock", "RegexInvalid", "UnknownArgument", "UrlInvalid",
]  # fmt: skip


@dataclass(frozen=True)
class UnknownArgument(Fact, code="KM260"):
    """An attribute or block that the component does not have.

    *Example*: `tennant_id = "a"` in an endpoint of `loki.write`

    *Use instead*: `tenant_id = "a"`

    *Fix*: a name that is one slip of the hand away from a single known one is spelled like it.
    """

    kind: str
    name: str
    owner: str
    known: tuple[str, ...]

    def message(self) -> str:
        return f"unrecognized {self.kind} `{self.name}` in `{self.owner}`"

    def help(self) -> str | None:
        near = did_you_mean(self.name, self.known)
        if near:
            return f"did you mean `{near}`?"
        return "it has " + ", ".join(f"`{name}`" for name in sorted(self.known)) if 0 < len(self.known) <= 8 else None

    def fix(self, span: Span) -> tuple[Edit, ...]:
        return respelled(span, self.name, slip_of(self.name, self.known))


@dataclass(frozen=True)
class MissingAttribute(Fact, code="KM261"):
    """A required attribute is not there."""

    name: str
    type: str

    def message(self) -> str:
        return f"missing required attribute `{self.name}`"

    def help(self) -> str:
        name, _, inner = self.type.partition("(")
        of = f" of {_plural(inner[:-1])}" if inner else ""
        match name:
            case "list":
                return f"write `{self.name} = [...]`, a list{of}"
            case "map":
                return f"write `{self.name} = {{...}}`, a map{of}"
            case "target" | "object":
                return f"write `{self.name} = {{...}}`"
            case "capsule":
                return f"write `{self.name} = ...`, a reference to `{inner[:-1]}`"
            case "string":
                return f'write `{self.name} = "..."`'
            case "duration":
                return f'write `{self.name} = "1m"`, a duration'
            case "bytesize":
                return f'write `{self.name} = "1MiB"`, a size'
            case "secret" | "secret_or_string":
                return f'write `{self.name} = sys.env("...")`, or another secret'
            case _:
                return f"write `{self.name} = ...`, a {name}" if name != "any" else f"write `{self.name} = ...`"


def _plural(type_: str) -> str:
    if type_.startswith("capsule("):
        return f"`{type_[8:-1]}`"
    name, _, inner = type_.partition("(")
    plural = "values" if name == "any" else "secrets" if name == "secret_or_string" else f"{name}s"
    return f"{plural} of {_plural(inner[:-1])}" if inner else plural


@dataclass(frozen=True)
class MissingBlock(Fact, code="KM262"):
    """A required block is not there."""

    name: str

    def message(self) -> str:
        return f"missing required block `{self.name}`"

    def help(self) -> str:
        return f"write `{self.name} {{ … }}`"


@dataclass(frozen=True)
class DuplicateAttribute(Fact, code="KM263"):
    """An attribute that stands twice in one block."""

    name: str

    def message(self) -> str:
        return f"attribute `{self.name}` may only be provided once"


@dataclass(frozen=True)
class DuplicateBlock(Fact, code="KM264"):
    """A block that may stand once and stands more often."""

    name: str

    def message(self) -> str:
        return f"block `{self.name}` may only be specified once"


@dataclass(frozen=True)
class AttributeAsBlock(Fact, code="KM265"):
    """An attribute written as a block."""

    name: str

    def message(self) -> str:
        return f"`{self.name}` must be an attribute, but is used as a block"

    def help(self) -> str:
        return f"write `{self.name} = {{ … }}`"


@dataclass(frozen=True)
class BlockAsAttribute(Fact, code="KM266"):
    """A block written as an attribute."""

    name: str

    def message(self) -> str:
        return f"`{self.name}` must be a block, but is used as an attribute"

    def help(self) -> str:
        return f"write `{self.name} {{ … }}`, without `=`"


@dataclass(frozen=True)
class InnerLabelMissing(Fact, code="KM267"):
    """A block inside a component that needs a label and has none."""

    name: str

    def message(self) -> str:
        return f"block `{self.name}` must have a label"


@dataclass(frozen=True)
class InnerLabelNotAllowed(Fact, code="KM268"):
    """A label on a block inside a component that takes none.

    *Fix*: the label is removed; nothing could have referred to it.
    """

    name: str

    def message(self) -> str:
        return f"block `{self.name}` takes no label"

    def help(self) -> str:
        return f"write `{self.name} {{`"

    def fix(self, span: Span) -> tuple[Edit, ...]:
        return removed(span)


@dataclass(frozen=True)
class RegexInvalid(Fact, code="KM269"):
    """A regular expression that is not RE2: look-around and back-references do not exist there.

    *Example*: `regex = "(?!kube-).*"`

    *Use instead*: a rule with `action = "drop"` and `regex = "kube-.*"`
    """

    pattern: str
    reason: str

    def message(self) -> str:
        return f"`{self.pattern}` is no valid RE2 expression: {self.reason}"

    def help(self) -> str | None:
        if any(group in self.pattern for group in ("(?=", "(?!", "(?<=", "(?<!")):
            return "RE2 has no look-around: exclude with a `drop` rule or stage of its own"
        return None


@dataclass(frozen=True)
class UrlInvalid(Fact, code="KM270"):
    """A text that cannot be read as a URL.

    *Example*: `proxy_url = "http://proxy:port"`

    *Use instead*: `proxy_url = "http://proxy:3128"`
    """

    text: str
    reason: str

    def message(self) -> str:
        return f"`{self.text}` is no URL: {self.reason}"


@dataclass(frozen=True)
class ComponentItself(Fact, code="KM271"):
    """A reference to a component where one of its exports is wanted.

    *Example*: `forward_to = [loki.write.default]`

    *Use instead*: `forward_to = [loki.write.default.receiver]`

    *Fix*: the export is named where only one fits.
    """

    id: str
    fitting: tuple[str, ...]

    def message(self) -> str:
        return f"`{self.id}` is a component, not one of its exports"

    def help(self) -> str:
        if not self.fitting:
            return "it exports nothing that can stand here"
        return "write " + " or ".join(f"`{self.id}.{name}`" for name in self.fitting)

    def fix(self, span: Span) -> tuple[Edit, ...]:
        return replaced(span, f"{self.id}.{self.fitting[0]}") if len(self.fitting) == 1 else ()
