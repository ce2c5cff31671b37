"""What is generated is what stands in the tree."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from compiler.catalog import load_catalog
from compiler.resources import schemas
from kmon.generate import generated

FILES = list(generated())


@pytest.mark.parametrize(("path", "text"), FILES, ids=[path.name for path, _ in FILES])
def test_no_drift(path: Path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, "run `make generate`"


def test_nothing_stale_stands_beside_it() -> None:
    assert set((schemas() / "components").glob("*.json")) <= {path for path, _ in FILES}


def test_every_component_of_alloy_is_there() -> None:
    catalog = load_catalog()
    kinds = [schema.kind for name in catalog.names if (schema := catalog.get(name)) is not None]
    assert (kinds.count("component"), kinds.count("config")) == (184, 13)


def test_stages_of_match_nest_without_end() -> None:
    process = load_catalog().get("loki.process")
    assert process is not None
    match = process.body.blocks["stage.match"]
    assert match.body.blocks["stage.match"].body.blocks["stage.match"].enum == "stage"


@pytest.mark.parametrize(
    ("name", "consumes", "produces"),
    [
        ("loki.source.file", ("targets",), ("logs",)),
        ("loki.process", ("logs",), ("logs",)),
        ("loki.write", ("logs",), ()),
        ("prometheus.scrape", ("targets",), ("metrics",)),
        ("otelcol.processor.batch", ("otel",), ("otel",)),
    ],
)
def test_signals_follow_from_types(name: str, consumes: tuple[str, ...], produces: tuple[str, ...]) -> None:
    schema = load_catalog().get(name)
    assert schema is not None
    assert (schema.consumes, schema.produces) == (consumes, produces)


def test_every_entry_of_the_overlay_has_an_effect() -> None:
    overlay = tomllib.loads((schemas() / "source/overlay.toml").read_text(encoding="utf-8"))
    source = (schemas() / "source/alloy-1.18.json").read_text(encoding="utf-8")
    unused = [name for name in (*overlay["enum"], *overlay["format"]) if f'"text":"{name}"' not in source]
    assert unused == []
    components = json.loads(source)["components"]
    for place in overlay["attribute"]:
        name = next(name for name in components if place.startswith(f"{name}."))
        attribute = place.removeprefix(f"{name}.")
        block, _, last = attribute.rpartition(".")
        schema = load_catalog().get(name)
        assert schema is not None
        body = schema.body.blocks[block].body if block else schema.body
        got = body.attributes[last]
        assert {"enum": list(got.enum), "format": got.format}.items() >= overlay["attribute"][place].items()
