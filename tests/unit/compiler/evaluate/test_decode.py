from typing import Any, ClassVar

import pytest

from compiler.catalog import AttributeSchema, BlockSchema, BodySchema
from compiler.diagnostics import Diagnostics, Source
from compiler.evaluate import (
    ByteSize,
    Duration,
    OptionalSecret,
    Scope,
    Secret,
    Target,
    decode,
    encode,
)
from compiler.syntax import parse


class Receiver:
    capsule_type: ClassVar[str] = "loki.LogsReceiver"


class Named(Receiver):
    capsule_name = "loki.write.x.receiver"


RECEIVER = Receiver()
SCOPE = Scope({"receiver": RECEIVER, "secret": Secret("s"), "open": OptionalSecret("o", False), "none": None})


def attributes(**types: str | AttributeSchema) -> dict[str, AttributeSchema]:
    return {n: t if isinstance(t, AttributeSchema) else AttributeSchema(n, t) for n, t in types.items()}


def read(text: str, schema: BodySchema) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The values, and code and blamed text of each fault."""
    file = parse(Source("x", text), found := Diagnostics())
    assert not found.found
    decoded = decode(file.body, schema, SCOPE, found)
    return decoded, [(d.code, text[d.span.start : d.span.end]) for d in found if d.span]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("string", "1.50", "1.5"), ("string", "open", "o"), ("string", "null", ""), ("bool", "null", False),
        ("duration", '"1h30m"', Duration(5400 * 10**9)), ("duration", "null", Duration(0)),
        ("duration", '"0"', Duration(0)),
        ("bytesize", '"10MB"', ByteSize(10 << 20)), ("bytesize", '"0"', ByteSize(0)),
        ("secret", '"p"', Secret("p")), ("secret", "secret", Secret("s")), ("secret", "open", Secret("o")),
        ("secret_or_string", '"p"', "p"), ("secret_or_string", "secret", OptionalSecret("s", True)),
        ("list(string)", '[1, "a", null]', ["1", "a", ""]), ("list(string)", "null", []),
        ("map(list(secret))", '{a = ["x"]}', {"a": [Secret("x")]}),
        ("list(target)", '[{a = 1, b = true, c = open}]', [Target({"a": "1", "b": "true", "c": "o"})]),
        ("list(capsule(loki.LogsReceiver))", "[receiver, null]", [RECEIVER, None]),
        ("capsule(loki.LogsReceiver)", "null", None),
        ("any", '{a = [1, "x", null]}', {"a": [1, "x", None]}), ("map(any)", "{a = 1}", {"a": 1}),
        ("any", 'encoding.from_base64("YQ==")', [97]),
        ("list(duration)", '["1s"]', [Duration(10**9)]), ("object", "{a = 1}", {"a": 1}),
    ],
)  # fmt: skip
def test_values(kind: str, text: str, value: Any) -> None:
    decoded, faults = read(f"a = {text}\n", BodySchema(attributes(a=kind)))
    assert faults == []
    assert decoded == {"a": value}
    assert type(decoded["a"]) is type(value)


@pytest.mark.parametrize(
    ("number", "text", "value"),
    [
        ("int", "2.7", 2), ("int", '"-3"', -3), ("uint64", "-1", 2**64 - 1), ("uint32", '"7"', 7),
        ("float64", "1", 1.0), ("float64", '"1e3"', 1000.0), (None, "1.5", 1.5), ("int64", "null", 0),
        ("float64", "null", 0.0),
    ],
)  # fmt: skip
def test_numbers(number: str | None, text: str, value: Any) -> None:
    decoded, faults = read(f"a = {text}\n", BodySchema(attributes(a=AttributeSchema("a", "number", number=number))))
    assert faults == []
    assert decoded == {"a": value}
    assert type(decoded["a"]) is type(value)


@pytest.mark.parametrize(
    ("schema", "text", "fault"),
    [
        ("string", "true", ("KM221", "true")),
        ("string", "secret", ("KM230", "secret")),
        ("list(string)", '["a", {}]', ("KM221", "{}")),
        ("list(string)", '"a"', ("KM221", '"a"')),
        ("map(list(string))", '{a = ["b"], c = "d"}', ("KM221", '"d"')),
        ("duration", "60", ("KM231", "60")),
        ("duration", '"1d"', ("KM231", '"1d"')),
        ("bytesize", '"1000"', ("KM232", '"1000"')),
        ("bytesize", '"10M"', ("KM232", '"10M"')),
        ("secret", "5", ("KM221", "5")),
        ("list(target)", '[{a = "b"}, "c"]', ("KM235", '"c"')),
        ("list(target)", "[{a = null}]", ("KM235", "{a = null}")),
        ("list(target)", "[{a = secret}]", ("KM230", "secret")),
        ("list(capsule(prometheus.MetricsReceiver))", "[null, receiver]", ("KM234", "receiver")),
        ("capsule(loki.LogsReceiver)", '"x"', ("KM234", '"x"')),
        ("bool", "nope.x", ("KM220", "nope")),
        (AttributeSchema("a", "number", number="uint8"), "256", ("KM236", "256")),
        (AttributeSchema("a", "number", number="int"), "1e300", ("KM236", "1e300")),
        (AttributeSchema("a", "number", number="int"), '"1_000"', ("KM221", '"1_000"')),
        (AttributeSchema("a", "string", enum=("keep", "drop")), '"Keep"', ("KM233", '"Keep"')),
    ],
)
def test_faults(schema: str | AttributeSchema, text: str, fault: tuple[str, str]) -> None:
    decoded, faults = read(f"a = {text}\n", BodySchema(attributes(a=schema)))
    assert decoded == {}
    assert faults == [fault]


def test_all_faults_of_a_body_are_reported() -> None:
    schema = BodySchema(attributes(a="bool", b="duration", c="string"))
    decoded, faults = read('a = 1\nb = "x"\nc = "fine"\n', schema)
    assert decoded == {"c": "fine"}
    assert [code for code, _ in faults] == ["KM221", "KM231"]


def test_unset_attributes_are_none_where_they_may_be() -> None:
    schema = BodySchema(attributes(a=AttributeSchema("a", "number", number="int", nullable=True)))
    assert read("a = null\n", schema) == ({"a": None}, [])


def test_an_empty_text_is_no_choice_where_it_is_the_default() -> None:
    schema = BodySchema(attributes(a=AttributeSchema("a", "string", default="", enum=("x",))))
    assert read('a = ""\n', schema) == ({"a": ""}, [])


def nested_stages() -> BodySchema:
    """`stage.match` holds stages again, as in loki.process."""
    stages: dict[str, BlockSchema] = {}
    match = BodySchema(attributes(selector="string"), stages)
    cri = BodySchema(attributes(max_partial_lines=AttributeSchema("max_partial_lines", "number", number="int")))
    stages["stage.match"] = BlockSchema("stage.match", match, repeated=True, enum="stage")
    stages["stage.cri"] = BlockSchema("stage.cri", cri, repeated=True, enum="stage")
    return BodySchema(attributes(forward_to="list(any)"), stages)


def test_blocks_of_a_family_keep_their_order() -> None:
    text = (
        'stage.cri { }\nstage.match {\n selector = "{}"\n stage.cri {\n max_partial_lines = 5\n }\n}\nstage.cri { }\n'
    )
    decoded, faults = read(text, nested_stages())
    assert faults == []
    inner = {"selector": "{}", "stage": [("cri", {"max_partial_lines": 5})]}
    assert decoded == {"stage": [("cri", {}), ("match", inner), ("cri", {})]}


def test_blocks() -> None:
    rule = BodySchema(attributes(regex="string"))
    schema = BodySchema(
        {},
        {
            "rule": BlockSchema("rule", rule, repeated=True),
            "client": BlockSchema("client", BodySchema(attributes(a="bool"), {"rule": BlockSchema("rule", rule)})),
            "metric": BlockSchema("metric", rule, repeated=True, label=True),
        },
    )
    text = 'rule { }\nclient {\n a = true\n rule { }\n}\nrule {\n regex = "x"\n}\nmetric "m" {\n regex = 1\n}\n'
    assert read(text, schema) == (
        {
            "rule": [{}, {"regex": "x"}],
            "client": {"a": True, "rule": {}},
            "metric": [{"label": "m", "regex": "1"}],
        },
        [],
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, {"type": "null", "value": None}),
        (True, {"type": "bool", "value": True}),
        (3.0, {"type": "number", "value": 3}),
        (2**63 - 1, {"type": "number", "value": 9223372036854776000}),
        (Duration.parse("90s"), {"type": "string", "value": "1m30s"}),
        (ByteSize(1 << 20), {"type": "string", "value": "1MiB"}),
        (Secret("x"), {"type": "capsule", "value": "(secret)"}),
        (OptionalSecret("x", True), {"type": "capsule", "value": "(secret)"}),
        (OptionalSecret('"x"', False), {"type": "capsule", "value": '"\\"x\\""'}),
        (RECEIVER, {"type": "capsule", "value": 'capsule("loki.LogsReceiver")'}),
        (Named(), {"type": "capsule", "value": "loki.write.x.receiver"}),
        (
            {"b": [1], "a": Target({"x": "y"})},
            {
                "type": "object",
                "value": [
                    {
                        "key": "a",
                        "value": {"type": "object", "value": [{"key": "x", "value": {"type": "string", "value": "y"}}]},
                    },
                    {"key": "b", "value": {"type": "array", "value": [{"type": "number", "value": 1}]}},
                ],
            },
        ),
    ],
)
def test_shape_of_the_component_api(value: Any, shown: dict[str, Any]) -> None:
    assert encode(value) == shown
