"""Reads `schemas/components/*.json`: what every Alloy component accepts, exports and requires.

One file a component (and one for each configuration block such as `logging`), written by `make generate`:

    {"name": "loki.write", "kind": "component", "stability": "generally-available", "community": false,
     "label": "required", "body": BODY, "exports": {"receiver": {"type": "capsule(loki.LogsReceiver)"}},
     "signals": {"consumes": ["logs"], "produces": []}}

    BODY  = {"attributes": {NAME: ATTRIBUTE}, "blocks": {NAME: BLOCK}}
    ATTRIBUTE = {"type": TYPE, "required": true} or {"type": TYPE, "default": JSON}, with optionally
            "effective": JSON, "number": "int" | "uint64" | "float64" …, "enum": [texts], "format": "url" | "regex",
            "nullable": true, "fields": {NAME: ATTRIBUTE}
    BLOCK = BODY plus {"required": bool, "repeated": bool, "label": bool, "enum": "stage", "absent": …};
            {"ref": NAME} stands for the body of an enclosing block of that name: loki.process' `stage.match` nests stages
    TYPE  = string | bool | number | duration | bytesize | secret | secret_or_string | any | target | object |
            list(TYPE) | map(TYPE) | capsule(NAME)

Durations and sizes stand as texts ("1s", "1MiB") in `default`. What an attribute means stands on the component's page
of Alloy's reference; this holds its contract.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from compiler.resources import schemas

__all__ = ["AttributeSchema", "BlockSchema", "BodySchema", "Catalog", "ComponentSchema", "load_catalog"]

MISSING: Any = object()


@dataclass(frozen=True, slots=True)
class AttributeSchema:
    name: str
    type: str
    required: bool = False
    default: Any = MISSING
    """What decoding leaves where nothing was written."""
    effective: Any = MISSING
    """What the component makes of the default, where that differs."""
    number: str | None = None
    enum: tuple[str, ...] = ()
    """The words that are known. An empty one says that the empty text is accepted too."""
    format: str | None = None
    nullable: bool = False
    fields: Mapping[str, AttributeSchema] = field(default_factory=dict)
    """The keys of an object, or of the objects of a list, where they are fixed."""


@dataclass(frozen=True, slots=True)
class BodySchema:
    attributes: Mapping[str, AttributeSchema] = field(default_factory=dict)
    blocks: Mapping[str, BlockSchema] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BlockSchema:
    """`enum` names the family whose members keep their order together (`stage` for all `stage.*`)."""

    name: str
    body: BodySchema
    required: bool = False
    repeated: bool = False
    label: bool = False
    enum: str | None = None
    absent: Any = None
    """What stands in for a block that is not written: "same_as_empty_block", an object of values, or None (nothing)."""


@dataclass(frozen=True, slots=True)
class ComponentSchema:
    """`kind` is "component" or "config"; `label` is "required", "forbidden" or "optional"."""

    name: str
    kind: str
    stability: str
    community: bool
    label: str
    body: BodySchema
    exports: Mapping[str, str]
    """Export name to type."""
    consumes: tuple[str, ...] = ()
    produces: tuple[str, ...] = ()
    """Signals: targets, logs, metrics, otel, profiles."""
    open: bool = False
    """Of a custom component whose definition is only known when it runs: it may accept and export anything."""


class Catalog:
    """All schemas by name; a file is read when its name is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, ComponentSchema] = {}
        self._names: tuple[str, ...] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Every known component and configuration block, sorted."""
        if self._names is None:
            self._names = tuple(sorted(file.name.removesuffix(".json") for file in self._folder.glob("*.json")))
        return self._names

    def get(self, name: str) -> ComponentSchema | None:
        """The schema of `name`, or None for a name that Alloy does not know."""
        if name not in self._known:
            if name not in self.names:
                return None
            self._known[name] = _component(json.loads((self._folder / f"{name}.json").read_bytes()))
        return self._known[name]


@cache
def load_catalog() -> Catalog:
    """The catalog that travels with kmon."""
    return Catalog(schemas() / "components")


def _component(entry: dict[str, Any]) -> ComponentSchema:
    return ComponentSchema(
        name=entry["name"],
        kind=entry["kind"],
        stability=entry["stability"],
        community=entry["community"],
        label=entry["label"],
        body=_block(entry["name"], entry["body"], {}).body,
        exports={name: export["type"] for name, export in entry["exports"].items()},
        consumes=tuple(entry.get("signals", {}).get("consumes", ())),
        produces=tuple(entry.get("signals", {}).get("produces", ())),
    )


def _block(name: str, entry: dict[str, Any], enclosing: dict[str, BodySchema]) -> BlockSchema:
    if "ref" in entry:
        body = enclosing[entry["ref"]]
    else:
        blocks: dict[str, BlockSchema] = {}
        body = BodySchema({key: _attribute(key, attribute) for key, attribute in entry["attributes"].items()}, blocks)
        for key, block in entry["blocks"].items():
            blocks[key] = _block(key, block, {**enclosing, name: body})
    return BlockSchema(
        name=name,
        body=body,
        required=entry.get("required", False),
        repeated=entry.get("repeated", False),
        label=entry.get("label", False),
        enum=entry.get("enum"),
        absent=entry.get("absent"),
    )


def _attribute(name: str, entry: dict[str, Any]) -> AttributeSchema:
    return AttributeSchema(
        name=name,
        type=entry["type"],
        required=entry.get("required", False),
        default=entry.get("default", MISSING),
        effective=entry.get("effective", MISSING),
        number=entry.get("number"),
        enum=tuple(entry.get("enum", ())),
        format=entry.get("format"),
        nullable=entry.get("nullable", False),
        fields={key: _attribute(key, field) for key, field in entry.get("fields", {}).items()},
    )
