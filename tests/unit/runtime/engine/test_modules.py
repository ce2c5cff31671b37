"""Custom components: scopes, arguments, exports, reloads, and stops of what is inside."""

from __future__ import annotations

from typing import Any

import pytest

RELAY = """
declare "relay" {
  argument "in" { }
  test.pass "a" { input = argument.in.value }
  test.pass "b" { input = test.pass.a.output + "!" }
  export "out" { value = test.pass.b.output }
}
"""


def out(world: Any, component_id: str, name: str = "out") -> object:
    return world.instance(component_id).exported[name]


def ids(world: Any) -> list[str]:
    return [i.id for i in world.engine.instances()]


async def test_ids_and_values_go_through_modules(world: Any) -> None:
    await world.load(
        RELAY + 'relay "x" { in = "1" }\nrelay "y" { in = relay.x.out }\ntest.pass "end" { input = relay.y.out }'
    )
    assert out(world, "test.pass.end", "output") == "1!!"
    assert ids(world) == [
        "declare.relay", "relay.x", "relay.x/argument.in", "relay.x/test.pass.a", "relay.x/test.pass.b",
        "relay.x/export.out", "relay.y", "relay.y/argument.in", "relay.y/test.pass.a", "relay.y/test.pass.b",
        "relay.y/export.out", "test.pass.end",
    ]  # fmt: skip
    await world.until(lambda: ("run", "test.pass.end") in world.events)
    assert world.taken() == [
        "build a",
        "build b",
        "build a",
        "build b",
        "build end",
        "run a",
        "run b",
        "run a",
        "run b",
        "run end",
    ]
    assert world.health("relay.x")[0] == "healthy"
    assert list(world.instance("relay.x").modules) == ["relay.x"]


async def test_a_change_inside_reaches_dependants_outside(world: Any) -> None:
    await world.load(RELAY + 'relay "x" { in = "1" }\nrelay "y" { in = relay.x.out }')
    inner = world.component("relay.x/test.pass.a")
    inner.options.export(type(world.instance("relay.x/test.pass.a").exports)("2"))
    await world.until(lambda: out(world, "relay.y") == "2!!")
    assert out(world, "relay.x") == "2!"


async def test_reload_updates_the_inside_in_place(world: Any) -> None:
    await world.load(RELAY + 'relay "x" { in = "1" }')
    await world.until(lambda: ("run", "relay.x/test.pass.b") in world.events)
    kept = world.component("relay.x/test.pass.a")
    world.taken()
    await world.load(
        RELAY.replace('"!"', '"?"').replace("export", 'test.pass "c" { }\nexport') + 'relay "x" { in = "2" }'
    )
    assert out(world, "relay.x") == "2?"
    assert world.component("relay.x/test.pass.a") is kept
    await world.until(lambda: ("run", "relay.x/test.pass.c") in world.events)
    await world.load("")
    assert ids(world) == []
    events = world.taken()
    assert events[:3] == ["update a", "update b", "build c"]
    assert {event for event in events if event.startswith("end")} == {"end a", "end b", "end c"}
    assert events.index("end b") < events.index("drain a"), "what feeds stops before what it feeds"


async def test_a_refused_reload_rolls_the_inside_back(world: Any) -> None:
    await world.load(RELAY + 'relay "x" { in = "1" }\ntest.pass "end" { input = relay.x.out }')
    running = ids(world)
    ((code, at, _),) = await world.refused(
        RELAY + 'relay "x" { in = "2" }\nrelay "new" { in = "3" }\ntest.pass "end" { input = relay.x.out }\n'
        'test.pass "bad" { refuse = true }'
    )
    assert (code, at) == ("KM803", "config.alloy:11:28")
    assert ids(world) == running
    assert out(world, "relay.x") == "1!"
    assert world.component("relay.x/test.pass.a").arguments.input == "1"
    await world.until(lambda: out(world, "test.pass.end", "output") == "1!")
    await world.load(RELAY + 'relay "x" { in = "4" }\ntest.pass "end" { input = relay.x.out }')
    assert out(world, "test.pass.end", "output") == "4!"


async def test_a_failure_inside_refuses_the_load_at_its_place(world: Any) -> None:
    text = 'declare "m" {\n  argument "no" { }\n  test.pass "a" {\n    refuse = argument.no.value\n  }\n}\n'
    await world.load(text + 'm "x" { no = false }')
    assert await world.refused(text + 'm "x" { no = true }') == [
        ("KM803", "config.alloy:4:14", "`test.pass.a` refuses its arguments: it does not want to")
    ]
    ((_, at, message),) = await world.refused(text + 'm "x" { no = "text" }')
    assert (at, message) == ("config.alloy:4:14", "expected bool, got string")
    assert world.health("m.x") == ("healthy", "started component")


async def test_a_failure_inside_while_running_keeps_the_old_values(world: Any) -> None:
    await world.load(
        'test.pass "v" { input = "1" }\n'
        'declare "m" {\n  argument "n" { }\n  test.pass "a" { refuse = argument.n.value == "2" }\n'
        '  export "n" { value = argument.n.value }\n}\n'
        'm "x" { n = test.pass.v.output }'
    )
    exports = type(world.instance("test.pass.v").exports)
    world.component("test.pass.v").options.export(exports("2"))
    await world.until(lambda: world.health("m.x")[0] == "unhealthy")
    assert "it does not want to" in world.health("m.x")[1]
    assert out(world, "m.x", "n") == "1"
    world.component("test.pass.v").options.export(exports("3"))
    await world.until(lambda: out(world, "m.x", "n") == "3")
    assert world.health("m.x")[0] == "healthy"


async def test_arguments_default_null_and_missing(world: Any) -> None:
    text = (
        'declare "m" {\n  argument "a" {\n    optional = true\n    default = 5\n  }\n  argument "b" {\n    default = 1\n  }\n'
        '  export "v" { value = [argument.a.value, argument.b.value] }\n}\n'
    )
    await world.load(text + 'm "x" { b = 2 }\nm "y" {\n  a = null\n  b = 3\n}')
    assert (out(world, "m.x", "v"), out(world, "m.y", "v")) == ([5, 2], [None, 3])
    found = await world.refused(text + 'm "x" {\n  c = 2\n}')
    assert [(code, at) for code, at, _ in found] == [("KM260", "config.alloy:12:3"), ("KM261", "config.alloy:11:1")]


async def test_true_is_another_value_than_1(world: Any) -> None:
    text = 'declare "m" {\n  argument "a" { }\n  export "a" { value = [{v = argument.a.value}] }\n}\nm "x" { a = %s }'
    await world.load(text % "1")
    await world.load(text % "true")
    assert repr(out(world, "m.x", "a")) == "[{'v': True}]"


async def test_the_nearest_declare_counts_and_an_outer_one_is_seen(world: Any) -> None:
    await world.load(
        'declare "h" {\n  export "v" { value = "outer" }\n}\n'
        'declare "g" {\n  h "i" { }\n  export "v" { value = h.i.v + " by g" }\n}\n'
        'declare "m" {\n  declare "h" {\n    export "v" { value = "inner" }\n  }\n  h "i" { }\n  g "i" { }\n'
        '  export "v" { value = h.i.v + ", " + g.i.v }\n}\n'
        'm "x" { }'
    )
    assert out(world, "m.x", "v") == "inner, outer by g"


@pytest.mark.parametrize(
    "text",
    [
        'declare "m" {\n  m "x" { }\n}',
        'declare "a" {\n  b "x" { }\n}\ndeclare "b" {\n  a "x" { }\n}',
        'declare "a" {\n  declare "b" {\n    a "x" { }\n  }\n  b "x" { }\n}',
    ],
)
async def test_a_module_that_uses_itself_is_refused(world: Any, text: str) -> None:
    assert {code for code, _, _ in await world.refused(text)} <= {"KM300", "KM301"}


async def test_an_unsupported_component_counts_where_it_is_used(world: Any) -> None:
    text = 'declare "m" {\n  test.missing "a" { }\n}\n'
    await world.load(text)
    assert [(code, at) for code, at, _ in await world.refused(text + 'm "x" { }')] == [("KM800", "config.alloy:2:3")]
