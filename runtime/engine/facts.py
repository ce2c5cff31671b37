"""What the engine refuses, as facts with codes KM800 to KM819."""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact

__all__ = [
    "ArgumentsRefused", "BlockUnsupported", "ComponentUnsupported", "ConfigurationUnreadable", "StartFailed",
    "SyntaxUnsupported",
]  # fmt: skip


@dataclass(frozen=True)
class ComponentUnsupported(Fact, code="KM800"):
    """Grafana Alloy knows this component, kmon's runtime does not implement it yet.

    Nothing is started, because a graph that runs without one of its components loses data in silence.
    The file stays good Alloy configuration: run it with Grafana Alloy, or take the component out.
    """

    name: str

    def message(self) -> str:
        return f"component `{self.name}` is not supported by kmon's runtime yet"

    def help(self) -> str:
        return "remove the component, or run this file with Grafana Alloy"


@dataclass(frozen=True)
class BlockUnsupported(Fact, code="KM801"):
    """Grafana Alloy knows this configuration block (such as `tracing`), kmon's runtime does not implement it yet."""

    name: str

    def message(self) -> str:
        return f"configuration block `{self.name}` is not supported by kmon's runtime yet"

    def help(self) -> str:
        return "remove the block, or run this file with Grafana Alloy"


@dataclass(frozen=True)
class SyntaxUnsupported(Fact, code="KM802"):
    """Grafana Alloy knows this argument or inner block, kmon's runtime does not honour it yet.

    It is an error and not a warning: what is written and does nothing is found out too late.
    """

    component: str
    path: str
    kind: str

    def message(self) -> str:
        return f"{self.kind} `{self.path}` of `{self.component}` is not supported by kmon's runtime yet"

    def help(self) -> str:
        return f"remove the {self.kind}, or run this file with Grafana Alloy"


@dataclass(frozen=True)
class ArgumentsRefused(Fact, code="KM803"):
    """The component itself refuses its arguments, for a reason that only the running process can know.

    Examples: a file that cannot be read, a rule that contradicts itself, an address that is in use.
    """

    component: str
    reason: str

    def message(self) -> str:
        return f"`{self.component}` refuses its arguments: {self.reason}"


@dataclass(frozen=True)
class StartFailed(Fact, code="KM804"):
    """The component could not be built, for a reason that is not in its arguments: this is a fault of kmon's, please
    report it.
    """

    component: str
    reason: str

    def message(self) -> str:
        return f"`{self.component}` could not be built: {self.reason}"


@dataclass(frozen=True)
class ConfigurationUnreadable(Fact, code="KM805"):
    """The configuration file or folder cannot be read."""

    path: str
    reason: str

    def message(self) -> str:
        return f"cannot read configuration `{self.path}`: {self.reason}"
