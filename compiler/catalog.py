"""Reads `schemas/components/*.json`: what every Alloy component accepts, exports and requires.

One file a component (and one for each configuration block such as `logging`), written by `make generate`:

    {"name": "loki.write", "kind": "component", "stability": "generally-available", "community": false, "label": "required",
     "body": BODY, "exports": {"receiver": {"type": "capsule(loki.LogsReceiver)"}}}

    BODY  = {"attributes": {NAME: ATTRIBUTE}, "blocks": {NAME: BLOCK}}
    ATTRIBUTE = {"type": TYPE, "required": true} or {"type": TYPE, "default": JSON}, with optionally
            "number": "int" | "uint64" | "float64" …, "enum": [texts], "format": "url" | "regex" | …, "nullable": true
    BLOCK = BODY plus {"required": bool, "repeated": bool, "label": bool, "enum": "stage", "absent": …};
            {"ref": NAME} stands for the body of an enclosing block of that name (loki.process' `stage.match` nests stages)
    TYPE  = string | bool | number | duration | bytesize | secret | secret_or_string | any | target | object |
            list(TYPE) | map(TYPE) | capsule(NAME)

Durations and sizes stand as texts ("1s", "1MiB") in `default`. What an attribute means stands on the component's page
of Alloy's reference; this holds its contract.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["AttributeSchema", "BlockSchema", "BodySchema", "Catalog", "ComponentSchema", "load_catalog"]

MISSING: Any = object()


@dataclass(frozen=True, slots=True)
class AttributeSchema:
    name: str
    type: str
    required: bool = False
    default: Any = MISSING
    number: str | None = None
    enum: tuple[str, ...] = ()
    format: str | None = None
    nullable: bool = False


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
    absent: str | None = None


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


class Catalog:
    """All schemas by name, read when first asked for (one small file each)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        raise NotImplementedError

    @property
    def names(self) -> tuple[str, ...]:
        """Every known component and configuration block, sorted."""
        raise NotImplementedError

    def get(self, name: str) -> ComponentSchema | None:
        raise NotImplementedError


@cache
def load_catalog() -> Catalog:
    """The catalog that travels with kmon."""
    raise NotImplementedError
