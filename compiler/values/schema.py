"""The JSON Schema of values, assembled from the base and from each preset's own `schema.json` and `defaults.yaml`.

`schemas/values.schema.json` is the assembled schema, for editors and for the compile; a test holds the two together.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path as FilePath
from typing import Any

from compiler import resources
from compiler.values.presets import destination_type, destination_type_names, features, read_tree
from compiler.values.tree import MapNode, Path, ScalarNode, find, plain

__all__ = [
    "Schema", "base_defaults", "build_schema", "destination_kinds", "load_schema", "resolve_ref", "schema_text",
    "subschema",
]  # fmt: skip

Schema = dict[str, Any]

_HERE = FilePath(__file__).parent


def base_defaults() -> MapNode:
    """Defaults of what is no preset; `feature` and `collector` hold those of every feature and every collector."""
    return read_tree(_HERE / "base.defaults.yaml")


def build_schema() -> Schema:
    """The whole schema, closed: every object that lists its properties takes no others. The order is deterministic."""
    schema: Schema = json.loads((_HERE / "base.schema.json").read_text(encoding="utf-8"))
    defaults: Any = plain(base_defaults())
    common = schema["$defs"].pop("feature")["properties"]
    for feature in features():
        own = feature.schema()
        own["properties"] = {**common, **own["properties"]}
        values: Any = plain(feature.defaults())
        schema["$defs"][feature.key] = _with_defaults(own, {**defaults["feature"], **values}, schema["$defs"])
        schema["properties"][feature.key] = {"$ref": f"#/$defs/{feature.key}"}
    schema["properties"]["presets"]["items"]["enum"] = [feature.name for feature in features()]
    _with_defaults(schema["$defs"]["collector"], defaults["collector"], schema["$defs"])
    schema["$defs"]["destination"] = _destination(schema)
    closed: Schema = _closed(schema)
    return closed


def _destination(schema: Schema) -> Schema:
    choices = []
    for name in destination_type_names():
        kind = destination_type(name)
        schema["$defs"][f"destination-{name}"] = _with_defaults(kind.schema(), plain(kind.defaults()), schema["$defs"])
        condition = {"type": "object", "properties": {"type": {"const": name}}, "required": ["type"]}
        choices.append({"if": condition, "then": {"$ref": f"#/$defs/destination-{name}"}})
    return {
        "title": "Destination",
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"description": "The kind of destination.", "enum": list(destination_type_names())}},
        "allOf": choices,
    }


def _with_defaults(schema: Schema, defaults: Any, shared: Schema) -> Schema:
    """Writes each property's default beside it; what a shared object definition holds has no default of its own."""
    for key, value in schema.get("properties", {}).items():
        if key not in defaults:
            continue
        target = shared[value["$ref"].rpartition("/")[2]] if "$ref" in value else value
        if "properties" not in target:
            value["default"] = defaults[key]
        elif target is value:
            _with_defaults(value, defaults[key], shared)
    return schema


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) if key not in ("default", "if") else value for key, value in schema.items()}
    if "properties" in closed and "additionalProperties" not in closed and "allOf" not in closed:
        closed["additionalProperties"] = False
    return closed


def schema_text() -> str:
    """The content of `schemas/values.schema.json`."""
    return json.dumps(build_schema(), indent=2, ensure_ascii=False) + "\n"


@cache
def load_schema() -> Schema:
    """The assembled schema that travels with kmon."""
    schema: Schema = json.loads((resources.schemas() / "values.schema.json").read_text(encoding="utf-8"))
    return schema


def resolve_ref(schema: Schema) -> Schema:
    """`schema` with the definition it refers to laid under its own keywords."""
    if "$ref" not in schema:
        return schema
    definition = load_schema()["$defs"][schema["$ref"].rpartition("/")[2]]
    return {**resolve_ref(definition), **{key: value for key, value in schema.items() if key != "$ref"}}


def destination_kinds(user: MapNode) -> dict[str, str]:
    """Destination name to type, as far as they are readable."""
    found = find(user, ("destinations",))
    if found is None or not isinstance(found[0], MapNode):
        return {}
    types = {name: find(entry.node, ("type",)) for name, entry in found[0].entries.items()}
    return {name: str(kind[0].value) for name, kind in types.items() if kind and isinstance(kind[0], ScalarNode)}


def subschema(path: Path, kinds: dict[str, str]) -> Schema | None:
    """The schema of the value at `path`, or None when it has none; `kinds` maps destination names to their types."""
    schema = resolve_ref(load_schema())
    for at, step in enumerate(path):
        properties, items = schema.get("properties", {}), schema.get("items")
        below = items if isinstance(step, int) else properties.get(step, schema.get("additionalProperties"))
        if at == 1 and path[0] == "destinations":
            below = load_schema()["$defs"].get(f"destination-{kinds.get(str(step), '')}")
        if not isinstance(below, dict):
            return None
        schema = resolve_ref(below)
    return schema
