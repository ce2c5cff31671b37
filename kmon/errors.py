"""What the commands refuse, as facts, and where all facts are found."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from compiler.diagnostics import Fact

__all__ = ["CollectorNotChosen", "every_fact"]


@dataclass(frozen=True)
class CollectorNotChosen(Fact, code="KM806"):
    """A values file makes several collectors, each a workload of its own; one process runs one of them."""

    asked: str
    names: tuple[str, ...]

    def message(self) -> str:
        if not self.names:
            return "the values make no collector: no feature is switched on"
        return f"there is no collector `{self.asked}`" if self.asked else "the values make several collectors"

    def help(self) -> str | None:
        return f"choose one with `--collector`: {', '.join(self.names)}" if self.names else None


def every_fact() -> Mapping[str, type[Fact]]:
    """All facts by code, in order. Facts are declared in modules named `errors` or `facts` and in lint's rules; only these
    are imported."""
    root = Path(__file__).parent.parent
    for package in ("compiler", "runtime", "kmon"):
        for path in sorted((root / package).rglob("*.py")):
            if path.stem in ("errors", "facts") or path.parent.name == "rules":
                importlib.import_module(".".join(path.relative_to(root).with_suffix("").parts))
    return dict(sorted(Fact.registry.items()))
