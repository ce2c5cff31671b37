"""Presets, found by folder: features, destination types and collector presets.

presets/<name>/{preset.yaml,schema.json,defaults.yaml,<name>.alloy.j2,README.md}
                        a feature that is `basedOn` another one says only what is different: null takes a key away
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
from compiler.values.merge import merge
from compiler.values.tree import MapNode, Node, ScalarNode, plain

__all__ = [
    "CollectorPreset", "DestinationType", "Feature", "collector_preset", "collector_preset_names", "destination_type",
    "destination_type_names", "feature", "feature_names", "features", "read_tree",
]  # fmt: skip


@cache
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
    """A feature preset: what it sends, and the workload that it needs.

    `scope` says what one process of it sees: `node`, so that it runs on each, or `cluster`, so that it runs once.
    """

    key: str
    signal: str
    order: int
    scope: str
    workload: str
    collector: str
    collector_presets: tuple[str, ...]
    based_on: str

    def defaults(self) -> MapNode:
        own = super(Feature, self).defaults()
        if not self.based_on:
            return own
        merged = merge(feature(self.based_on).defaults(), own)
        return MapNode({key: entry for key, entry in merged.entries.items() if not _is_null(entry.node)}, merged.span)

    def schema(self) -> dict[str, Any]:
        own = super(Feature, self).schema()
        if self.based_on:
            properties = {**feature(self.based_on).schema()["properties"], **own["properties"]}
            own["properties"] = {key: value for key, value in properties.items() if value is not None}
        return own


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


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.value is None


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
    presets, based_on = tuple(facts.pop("collectorPresets")), facts.pop("basedOn", "")
    return Feature(folder=folder, collector_presets=presets, based_on=based_on, **facts)


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
