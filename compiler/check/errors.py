"""What can be wrong with the inside of a block: KM260 to KM269."""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, did_you_mean

__all__ = [
    "AttributeAsBlock", "BlockAsAttribute", "DuplicateAttribute", "DuplicateBlock", "InnerLabelMissing", "InnerLabelNotAllowed",
    "MissingAttribute", "MissingBlock", "RegexInvalid", "UnknownArgument",
]  # fmt: skip


@dataclass(frozen=True)
class UnknownArgument(Fact, code="KM260"):
    """An attribute or block that the component does not have.

    *Example*: `tennant_id = "a"` in an endpoint of `loki.write`

    *Use instead*: `tenant_id = "a"`
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


@dataclass(frozen=True)
class MissingAttribute(Fact, code="KM261"):
    """A required attribute is not there."""

    name: str
    type: str

    def message(self) -> str:
        return f"missing required attribute `{self.name}`"

    def help(self) -> str:
        sample = (
            "[]"
            if self.type.startswith("list")
            else "{}"
            if self.type.startswith("map")
            else '""'
            if self.type == "string"
            else "…"
        )
        return f"write `{self.name} = {sample}` with a value of type {self.type}"


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
    """A label on a block inside a component that takes none."""

    name: str

    def message(self) -> str:
        return f"block `{self.name}` takes no label"


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
        return 'RE2 has no look-around: use a second rule with `action = "drop"`' if "(?" in self.reason else None
