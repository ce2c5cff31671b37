"""What a compile makes: the types that stand between it and everything that prints, runs or deploys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from compiler.deploy import Settings
from compiler.diagnostics import Diagnostics
from compiler.evaluate.types import Secret
from compiler.expand import RenderedLine
from compiler.graph import Graph
from compiler.syntax.tree import File

__all__ = ["Collector", "Rendering"]


@dataclass(frozen=True, slots=True)
class Collector:
    """One workload and what it runs.

    `kind` is daemonset, deployment or statefulset; `settings` what is said about the workload. `lines` holds for each
    line of the text where it comes from.
    """

    name: str
    kind: str
    singleton: bool
    settings: Settings
    file: File
    graph: Graph
    lines: tuple[RenderedLine, ...]

    @property
    def text(self) -> str:
        return self.file.source.text


@dataclass(frozen=True, slots=True)
class Rendering:
    """What a compile made. `collectors` is empty when there are errors.

    `environment` holds the secrets that stood literally in the values, by the variable from which the text reads them.
    `namespace` is where the collectors run; empty when nobody said it.
    """

    collectors: tuple[Collector, ...] = ()
    diagnostics: Diagnostics = field(default_factory=Diagnostics)
    environment: Mapping[str, Secret] = field(default_factory=dict)
    namespace: str = ""

    def collector(self, name: str) -> Collector | None:
        return next((collector for collector in self.collectors if collector.name == name), None)
