"""The schema, its drift, and what every preset must be."""

import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from compiler import resources
from compiler.values.presets import (
    collector_preset,
    collector_preset_names,
    destination_type,
    destination_type_names,
    feature,
    feature_names,
)
from compiler.values.schema import build_schema, load_schema, resolve_ref, schema_text, subschema
from compiler.values.tree import plain
from compiler.values.upstream import is_upstream, renamed, upstream_destination_types

FOLDERS = [feature(name).folder for name in feature_names()]
FOLDERS += [destination_type(name).folder for name in destination_type_names()]


def test_the_schema_file_is_what_the_presets_say() -> None:
    assert (resources.schemas() / "values.schema.json").read_text(encoding="utf-8") == schema_text()


def test_it_is_a_valid_schema_and_deterministic() -> None:
    Draft202012Validator.check_schema(build_schema())
    assert json.dumps(build_schema()) == json.dumps(build_schema())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_preset_is_complete(folder: Any) -> None:
    for file in ("preset.yaml", "schema.json", "defaults.yaml", f"{folder.name}.alloy.j2", "README.md"):
        assert (folder / file).is_file(), file


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_defaults_and_schema_have_the_same_keys(folder: Any) -> None:
    name = folder.name
    kind = feature(name) if name in feature_names() else destination_type(name)
    defaults: Any = plain(kind.defaults())

    def compare(schema: dict[str, Any], values: dict[str, Any], at: str) -> None:
        assert set(schema) - ({"type"} if not at else set()) == set(values), at
        for key, value in schema.items():
            below = resolve_ref(value)
            assert below.get("description"), f"{at}{key} has no description"
            if "properties" in below:
                compare(below["properties"], values[key], f"{at}{key}.")

    compare(kind.schema()["properties"], defaults, "")


@pytest.mark.parametrize("name", collector_preset_names())
def test_collector_presets_have_a_title(name: str) -> None:
    assert re.fullmatch(r"[A-Z0-9].+[^.]", collector_preset(name).title)


def test_a_path_finds_its_schema() -> None:
    kinds = {"logs": "loki"}
    assert (subschema(("podLogsViaLoki", "staticLabelsFrom", "x"), kinds) or {})["format"] == "alloy-expression"
    assert (subschema(("destinations", "logs", "logProcessingStages"), kinds) or {})["format"] == "alloy-body"
    assert (subschema(("collectors", "any", "extraConfig"), kinds) or {})["format"] == "alloy-file"
    assert subschema(("nowhere",), kinds) is None


def test_upstream_keys() -> None:
    kinds = {"m": "prometheus", "l": "loki"}
    assert is_upstream(("destinations", "m", "queueConfig", "capacity"), kinds)
    assert not is_upstream(("destinations", "l", "queueConfig"), kinds)
    assert is_upstream(("collectors", "x", "alloy", "resources", "limits", "cpu"), kinds)
    assert is_upstream(("telemetryServices", "node-exporter", "deploy"), kinds)
    assert not is_upstream(("podLogsViaLoki", "includeNamespaces"), kinds)
    assert is_upstream(("collectors", "x", "controller", "autoscaling", "enabled"), kinds)
    assert renamed("alloy-logs") == "collectors.alloy-logs"
    assert "otlp" in upstream_destination_types()


def test_every_key_of_the_schema_is_upstreams_or_kmons_own() -> None:
    own: set[tuple[str, ...]] = {("presets",), ("runtime",), ("collectors", "x", "runtime")}
    # Entries of a Secret that the chart leaves undocumented although its templates read them.
    own |= {("destinations", "l", "tls", f"{name}Key") for name in ("ca", "cert", "key")}
    # What is read through the API can be named like what is read from files.
    own.add(("podLogsViaKubernetesApi", "alignServiceNameWithOTelSemConv"))

    def walk(schema: dict[str, Any], path: tuple[str, ...]) -> None:
        properties = resolve_ref(schema).get("properties", {})
        assert not properties or not is_upstream((*path, "no-such-key"), {"l": "loki"}), path
        for key, value in properties.items():
            here = (*path, key)
            assert here in own or is_upstream(here, {"l": "loki"}), here
            walk(value, here)

    walk(load_schema(), ())
    walk(load_schema()["$defs"]["destination-loki"], ("destinations", "l"))
    walk(load_schema()["$defs"]["collector"], ("collectors", "x"))
