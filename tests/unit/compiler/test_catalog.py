"""The contracts of Alloy's components as Python objects."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from compiler.catalog import MISSING, BlockSchema, BodySchema, Catalog, load_catalog


def body(name: str) -> BodySchema:
    schema = load_catalog().get(name)
    assert schema is not None
    return schema.body


def test_only_what_is_asked_for_is_read(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    entry = {"kind": "config", "stability": "experimental", "community": False, "label": "forbidden", "exports": {}}
    (tmp_path / "one.json").write_text(json.dumps({"name": "one", **entry, "body": {"attributes": {}, "blocks": {}}}))
    catalog = Catalog(tmp_path)
    assert catalog.names == ("broken", "one")
    one = catalog.get("one")
    assert one is not None
    assert (one.kind, one.stability, one.label) == ("config", "experimental", "forbidden")
    assert catalog.get("one") is one
    with pytest.raises(json.JSONDecodeError):
        catalog.get("broken")


@pytest.mark.parametrize("name", ["loki.source.files", "", "loki", "../values.schema"])
def test_unknown_names(name: str) -> None:
    assert load_catalog().get(name) is None


def test_defaults_as_decoded_and_as_they_take_effect() -> None:
    match = body("loki.process").blocks["stage.match"].body.attributes["action"]
    assert (match.default, match.effective, match.enum) == ("", "keep", ("keep", "drop", ""))
    endpoint = body("loki.write").blocks["endpoint"].body.attributes
    assert endpoint["url"].required
    assert endpoint["url"].default is MISSING
    assert (endpoint["batch_wait"].type, endpoint["batch_wait"].default) == ("duration", "1s")
    assert (endpoint["batch_size"].type, endpoint["batch_size"].default) == ("bytesize", "1MiB")


def test_blocks_say_how_often_and_with_which_label() -> None:
    process = body("loki.process").blocks
    assert (process["stage.cri"].enum, process["stage.cri"].repeated) == ("stage", True)
    assert body("otelcol.receiver.otlp").blocks["output"].required
    labelled = {name for name, block in blocks(body("prometheus.exporter.snmp")) if block.label}
    assert labelled == {"target", "walk_param"}


def test_what_an_absent_block_stands_for() -> None:
    endpoint = body("loki.write").blocks["endpoint"].body.blocks
    assert endpoint["queue_config"].absent == "same_as_empty_block"
    assert endpoint["basic_auth"].absent is None


def test_exports_have_types() -> None:
    catalog = load_catalog()
    exports = {name: dict(schema.exports) for name in catalog.names if (schema := catalog.get(name)) is not None}
    assert exports["loki.write"] == {"receiver": "capsule(loki.LogsReceiver)"}
    assert exports["discovery.relabel"] == {"output": "list(target)", "rules": "capsule(relabel.Rules)"}
    assert exports["remote.kubernetes.secret"] == {"data": "map(secret)"}
    assert exports["logging"] == {}


def test_community_components_are_marked() -> None:
    catalog = load_catalog()
    community = {name for name in catalog.names if (schema := catalog.get(name)) is not None and schema.community}
    assert len(community) == 5
    assert "otelcol.exporter.datadog" in community


def blocks(body: BodySchema) -> list[tuple[str, BlockSchema]]:
    return [*body.blocks.items(), *(inner for block in body.blocks.values() for inner in blocks(block.body))]
