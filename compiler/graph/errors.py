"""What can be wrong with a graph's nodes and references: KM240 to KM259, and with its shape: KM300 and following."""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Edit, Fact, Severity, Span, did_you_mean
from compiler.fixes import removed, respelled, slip_of

__all__ = [
    "AttributeAtFileLevel", "BlockMisplaced", "CommunityDisabled", "Cycle", "DeclareMissing", "DeclareReserved", "DeprecatedFunction",
    "DuplicateBlockId", "ImportCycle", "LabelMissing", "LabelNotAllowed", "ModuleUnread", "SelfReference", "StabilityTooLow",
    "UnknownComponent", "UnknownExport", "UnknownReference",
]  # fmt: skip


def _near(word: str, known: tuple[str, ...]) -> str | None:
    near = did_you_mean(word, known)
    return f"did you mean `{near}`?" if near else None


@dataclass(frozen=True)
class UnknownComponent(Fact, code="KM240"):
    """A block whose name is neither a component nor a configuration block of Alloy.

    *Example*: `loki.source.files "x" { }`

    *Use instead*: `loki.source.file "x" { }`

    *Fix*: a name that is one slip of the hand away from a single component is spelled like it.
    """

    name: str
    known: tuple[str, ...]

    def message(self) -> str:
        return f"there is no component `{self.name}`"

    def help(self) -> str | None:
        return _near(self.name, self.known)

    def fix(self, span: Span) -> tuple[Edit, ...]:
        return respelled(span, self.name, slip_of(self.name, self.known))


@dataclass(frozen=True)
class LabelMissing(Fact, code="KM241"):
    """A component without a label. Components are referred to by name and label, so each needs one; so do the blocks
    of modules (`declare`, `argument`, `export`, `import.file`, `foreach`)."""

    name: str
    kind: str = "component"

    def message(self) -> str:
        return f"{self.kind} `{self.name}` must have a label"

    def help(self) -> str:
        return f'write `{self.name} "default" {{`'


@dataclass(frozen=True)
class LabelNotAllowed(Fact, code="KM242"):
    """A label on a block that stands alone, such as `logging`.

    *Fix*: the label is removed.
    """

    name: str

    def message(self) -> str:
        return f"block `{self.name}` takes no label"

    def help(self) -> str:
        return f"write `{self.name} {{`"

    def fix(self, span: Span) -> tuple[Edit, ...]:
        return removed(span)


@dataclass(frozen=True)
class DuplicateBlockId(Fact, code="KM243"):
    """Two blocks of one name and label, also across the files of a folder."""

    id: str
    first: str
    labelled: bool = True

    def message(self) -> str:
        return f"block `{self.id}` already declared at {self.first}"

    def help(self) -> str:
        return "give one of them another label, or remove it" if self.labelled else "write both as one block"


@dataclass(frozen=True)
class AttributeAtFileLevel(Fact, code="KM244"):
    """An attribute outside of any block, or straight inside a `declare`."""

    name: str

    def message(self) -> str:
        return f"unrecognized attribute `{self.name}`: only blocks stand here"


@dataclass(frozen=True)
class UnknownReference(Fact, code="KM245"):
    """A reference to a component that is not there.

    *Example*: `forward_to = [loki.write.default.receiver]` where only `loki.write "logs"` exists

    *Use instead*: `forward_to = [loki.write.logs.receiver]`

    *Fix*: a name that is one slip of the hand away from a single component of the configuration is spelled like it.
    """

    name: str
    known: tuple[str, ...]

    def message(self) -> str:
        return f"component `{self.name}` does not exist or is out of scope"

    def help(self) -> str | None:
        # The nearest component of the same type is a better guess than the nearest text.
        words = self.name.split(".")
        for length in range(len(words) - 1, 1, -1):
            prefix = ".".join(words[:length]) + "."
            same = sorted(name for name in self.known if name.startswith(prefix) and name.count(".") == length)
            if same:
                return f"did you mean `{did_you_mean(self.name, same) or same[0]}`?"
        return _near(self.name, self.known)

    def fix(self, span: Span) -> tuple[Edit, ...]:
        words = self.name.split(".")
        for length in range(2, len(words) + 1):
            named = ".".join(words[:length])
            if right := slip_of(named, self.known):
                return respelled(span, named, right)
        return ()


@dataclass(frozen=True)
class UnknownExport(Fact, code="KM246"):
    """A reference to something that the component does not export.

    *Fix*: a name that is one slip of the hand away from a single export is spelled like it.
    """

    component: str
    name: str
    known: tuple[str, ...]

    def message(self) -> str:
        return f"component `{self.component}` does not export `{self.name}`"

    def help(self) -> str:
        if not self.known:
            return "it exports nothing"
        return _near(self.name, self.known) or "it exports " + ", ".join(f"`{name}`" for name in self.known)

    def fix(self, span: Span) -> tuple[Edit, ...]:
        return respelled(span, self.name, slip_of(self.name, self.known))


@dataclass(frozen=True)
class StabilityTooLow(Fact, code="KM247"):
    """Something below the minimum stability level that the process was started with."""

    what: str
    level: str
    minimum: str

    def message(self) -> str:
        return f"{self.what} is at stability level `{self.level}`, below the minimum allowed level `{self.minimum}`"

    def help(self) -> str:
        return f"start with `--stability.level={self.level}`"


@dataclass(frozen=True)
class CommunityDisabled(Fact, code="KM248"):
    """A component that its community maintains, without the flag that allows these."""

    name: str

    def message(self) -> str:
        return f"`{self.name}` is a community component"

    def help(self) -> str:
        return "start with `--feature.community-components.enabled`"


@dataclass(frozen=True)
class DeprecatedFunction(Fact, code="KM249", severity=Severity.WARNING):
    """A function of the standard library by its old name.

    *Fix*: it is called by its name of today; it does the same.
    """

    name: str
    now: str

    def message(self) -> str:
        return f"function `{self.name}` is deprecated"

    def help(self) -> str:
        return f"write `{self.now}`"

    def fix(self, span: Span) -> tuple[Edit, ...]:
        return respelled(span, self.name, self.now)


@dataclass(frozen=True)
class BlockMisplaced(Fact, code="KM254"):
    """A block where it has no meaning: `argument` and `export` belong into a `declare`, `logging` and the other blocks that
    concern the whole process stand at the top of a file, and an imported file holds only `declare` and `import.*`."""

    name: str
    place: str

    def message(self) -> str:
        match self.place:
            case "module" | "template":
                return f"`{self.name}` not allowed in module"
            case "library":
                return f"`{self.name}` not allowed in an imported module"
            case _:
                return f"`{self.name}` blocks only allowed inside a module"

    def help(self) -> str:
        match self.place:
            case "template":
                return "a template is given its item by the name in `var`, and exports nothing"
            case "module":
                return "move it to the top of the configuration"
            case "library":
                return "only `declare` and `import.*` blocks can be imported: put it into a `declare`"
            case _:
                return 'put it into a `declare "name" {`'


@dataclass(frozen=True)
class DeclareMissing(Fact, code="KM251"):
    """A component of an imported module that the module does not declare.

    *Example*: `lib.nope "x" { }` where the content of `import.file "lib"` has only `declare "a"`

    *Use instead*: `lib.a "x" { }`

    *Fix*: a name that is one slip of the hand away from a single declared one is spelled like it.
    """

    name: str
    known: tuple[str, ...]

    def message(self) -> str:
        return f"cannot find the definition of component `{self.name}`"

    def help(self) -> str:
        if not self.known:
            return "the imported module declares nothing, or is broken"
        return _near(self.name, self.known) or "it declares " + ", ".join(f"`{name}`" for name in self.known)

    def fix(self, span: Span) -> tuple[Edit, ...]:
        return respelled(span, self.name, slip_of(self.name, self.known))


@dataclass(frozen=True)
class ModuleUnread(Fact, code="KM252", severity=Severity.WARNING):
    """An imported file that is not there when the configuration is checked: what uses it cannot be checked. To run the
    configuration, the file must be there."""

    path: str
    reason: str

    def message(self) -> str:
        return f"cannot read module `{self.path}`: {self.reason}"

    def help(self) -> str:
        return "its components are not checked"


@dataclass(frozen=True)
class DeclareReserved(Fact, code="KM253"):
    """A `declare` with the name of a block of the language, whose uses could not be told from that block."""

    name: str

    def message(self) -> str:
        return f"`{self.name}` cannot be declared: it is a block of the language"

    def help(self) -> str:
        return "give the `declare` another label"


@dataclass(frozen=True)
class ImportCycle(Fact, code="KM302"):
    """A module file that imports itself, by itself or by way of others."""

    path: str

    def message(self) -> str:
        return f"module `{self.path}` imports itself"


@dataclass(frozen=True)
class Cycle(Fact, code="KM300"):
    """Components that refer to each other in a circle: none could be evaluated first, and data would go round for ever."""

    members: tuple[str, ...]

    def message(self) -> str:
        return f"cycle detected: {' → '.join(f'`{member}`' for member in (*self.members, self.members[0]))}"

    def help(self) -> str:
        return f"remove the reference from `{self.members[-1]}` to `{self.members[0]}`"


@dataclass(frozen=True)
class SelfReference(Fact, code="KM301"):
    """A component that refers to itself."""

    id: str

    def message(self) -> str:
        return f"`{self.id}` cannot reference itself"
