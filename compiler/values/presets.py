"""Presets, found by folder: features, destination types and collector presets.

presets/<name>/{preset.yaml,schema.json,defaults.yaml,<name>.alloy.j2,README.md}
presets/destinations/<type>/…   the same five files
presets/collectors/<name>.yaml  facts about a workload
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from compiler import resources
from compiler.diagnostics import Diagnostics, Source
from compiler.values.load import load
from compiler.values.tree import MapNode, plain

__all__ = [
    "CollectorPreset", "DestinationType", "Feature", "collector_preset", "collector_preset_names", "destination_type",
    "destination_type_names", "feature", "feature_names", "features", "read_tree",
]  # fmt: skip


def read_tree(path: Path) -> MapNode:
    """A YAML file that travels with kmon; it must be faultless. Its source is named relative to the data folders."""
    name = "/".join(path.parts[-3:] if path.parent.parent.name in ("presets", "destinations") else path.parts[-2:])
    diagnostics = Diagnostics()
    tree = load(Source(name, path.read_text(encoding="utf-8")), diagnostics)
    diagnostics.raise_errors()
    return tree


@dataclass(frozen=True, slots=True)
class _Preset:
    """A folder with the five files of a preset."""

    folder: Path
    title: str
    summary: str
    ecosystem: str

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def template(self) -> Path:
        return self.folder / f"{self.name}.alloy.j2"

    def defaults(self) -> MapNode:
        return read_tree(self.folder / "defaults.yaml")

    def schema(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "schema.json").read_text(encoding="utf-8"))
        return found


@dataclass(frozen=True, slots=True)
class Feature(_Preset):
    """A feature preset: what it sends, and the workload that it needs."""

    key: str
    signal: str
    order: int
    workload: str
    collector: str
    collector_presets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DestinationType(_Preset):
    """A kind of destination; `signals` are those that it takes."""

    signals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CollectorPreset:
    """Facts about a workload: `kind` and `replicas`, `clustering`, `mounts`, `ports`, …"""

    name: str
    title: str
    facts: Mapping[str, Any]


def _read(path: Path) -> dict[str, Any]:
    value = plain(read_tree(path))
    assert isinstance(value, dict)
    return value


@cache
def feature_names() -> tuple[str, ...]:
    return tuple(sorted(path.parent.name for path in resources.presets().glob("*/preset.yaml")))


@cache
def feature(name: str) -> Feature:
    """The feature preset `name`, one of `feature_names()`."""
    folder = resources.presets() / name
    facts = _read(folder / "preset.yaml")
    return Feature(folder=folder, collector_presets=tuple(facts.pop("collectorPresets")), **facts)


@cache
def features() -> tuple[Feature, ...]:
    """All feature presets in the order in which they are rendered."""
    return tuple(sorted(map(feature, feature_names()), key=lambda found: (found.order, found.name)))


@cache
def destination_type_names() -> tuple[str, ...]:
    return tuple(sorted(path.parent.name for path in (resources.presets() / "destinations").glob("*/preset.yaml")))


@cache
def destination_type(name: str) -> DestinationType:
    """The destination type `name`, one of `destination_type_names()`."""
    folder = resources.presets() / "destinations" / name
    facts = _read(folder / "preset.yaml")
    return DestinationType(folder=folder, signals=tuple(facts.pop("signals")), **facts)


@cache
def collector_preset_names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in (resources.presets() / "collectors").glob("*.yaml")))


@cache
def collector_preset(name: str) -> CollectorPreset:
    """The collector preset `name`, one of `collector_preset_names()`."""
    facts = _read(resources.presets() / "collectors" / f"{name}.yaml")
    return CollectorPreset(name, facts.pop("title"), facts)
