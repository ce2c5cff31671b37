"""Every stage: registered, documented, its arguments those of the catalog; the component refuses what it does not honour."""

from __future__ import annotations

import logging
from typing import Any

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from compiler.catalog import MISSING, AttributeSchema, load_catalog
from compiler.evaluate.types import ByteSize, Duration
from runtime.component import ComponentError
from runtime.ledger import Account
from runtime.registry import find
from runtime.stages import stage
from runtime.stages.pipeline import Pipeline
from runtime.stages.stage import Context


def pipeline(*blocks: tuple[str, dict[str, Any]]) -> Pipeline:
    return Pipeline(blocks, Context(Account("p", lambda: 0), CollectorRegistry(), logging.getLogger("test")))


@pytest.mark.parametrize("name", stage.names())
def test_arguments_are_those_of_the_catalog(name: str) -> None:
    registration = stage.find(name)
    component = load_catalog().get("loki.process")
    assert registration is not None and component is not None
    schema = component.body.blocks[f"stage.{name}"].body
    fields = {field.name: field for field in msgspec.structs.fields(registration.arguments)}
    blocks = {block.partition(".")[0] if schema.blocks[block].enum else block for block in schema.blocks}
    assert set(fields) | registration.unsupported == set(schema.attributes) | blocks
    for attribute in schema.attributes.values():
        if attribute.name in fields:
            default = fields[attribute.name].default
            assert default == _default(attribute), attribute.name


def _default(attribute: AttributeSchema) -> Any:
    if attribute.required or attribute.default is MISSING:
        return msgspec.NODEFAULT
    match attribute.type:
        case "duration":
            return Duration.parse(attribute.default)
        case "bytesize":
            return ByteSize.parse(attribute.default)
        case _:
            return attribute.default


def test_names_are_discovered() -> None:
    assert {"cri", "docker", "json", "match", "template", "timestamp"} <= set(stage.names())
    assert stage.find("frame") is None and stage.find("nosuch") is None


def test_the_component_says_what_it_honours() -> None:
    registration = find("loki.process")
    assert registration is not None
    assert registration.honours("forward_to")
    assert registration.honours("stage.json.source")
    assert registration.honours("stage.match.stage.match.stage.json.source")
    assert not registration.honours("stage.geoip")
    assert not registration.honours("stage.match.stage.geoip.db")


@pytest.mark.parametrize(
    ("blocks", "attribute", "message"),
    [
        ([("geoip", {})], "stage.geoip[0]", "stage `geoip` is not supported"),
        ([("cri", {}), ("json", {"regex": "a"}), ("json", {"regex": "("})], "stage.json[1].regex", "`(` is no valid RE2"),
        ([("json", {"expressions": {"a": "b[["}})], "stage.json[0].expressions", "`b[[` is no JMESPath expression"),
        ([("match", {"selector": "{a=1}", "action": "drop"})], "stage.match[0].selector", "expected a text in double quotes"),
        (
            [("match", {"selector": '{a="1"}', "stage": [("cri", {}), ("output", {"source": ""})]})],
            "stage.match[0].stage.output[0].source",
            "`source` is empty",
        ),
        ([("template", {"source": "a", "template": "{{ if }}"})], "stage.template[0].template", "line 1: a value is missing"),
        ([("template", {"source": "a", "template": "\n{{ nope . }}"})], "stage.template[0].template", "line 2: function `nope`"),
        ([("timestamp", {"source": "a", "format": "Unix", "location": "X/Y"})], "stage.timestamp[0].location", "`X/Y` is no time zone"),
        ([("drop", {"source": "a", "value": "b", "expression": "c"})], "stage.drop[0].value", "exclude each other"),
        ([("labels", {"values": {"": "x"}})], "stage.labels[0].values", "has no name"),
    ],
)  # fmt: skip
def test_bad_arguments_are_refused_with_their_place(
    blocks: list[tuple[str, dict[str, Any]]], attribute: str, message: str
) -> None:
    with pytest.raises(ComponentError) as refused:
        pipeline(*blocks)
    assert refused.value.attribute == attribute
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
