"""Components whose first exports come from elsewhere, and who waits for them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.runtime.engine.conftest import World

LATE = 'test.late "late" { input = "secret" }\n'
CHAIN = f"""
{LATE}
test.pass "first" {{ input = "got " + test.late.late.output }}
test.pass "last" {{ input = test.pass.first.output }}
test.pass "neighbour" {{ input = "here" }}
"""
WAITS = ("unhealthy", "waits for `test.late.late`, which has nothing to export yet")


async def arrive(world: World, name: str = "secret", value: str = "x") -> None:
    world.arrived[name] = value
    world.component("test.late.late").look()


async def test_what_is_there_is_taken_before_others_are_evaluated(world: World) -> None:
    world.arrived["secret"] = "x"
    await world.load(CHAIN)
    assert world.component("test.pass.last").arguments.input == "got x"
    await world.until(lambda: world.health("test.pass.last")[0] == "healthy")


async def test_who_refers_to_it_waits_and_neighbours_go_on(world: World) -> None:
    await world.load(CHAIN)
    assert world.health("test.late.late") == ("unhealthy", "there is no secret")
    assert world.health("test.pass.first") == world.health("test.pass.last") == WAITS
    assert world.component("test.pass.first") is world.component("test.pass.last") is None
    await world.until(lambda: "run neighbour" in world.taken())
    await arrive(world)
    await world.until(lambda: world.component("test.pass.last"))
    assert world.component("test.pass.last").arguments.input == "got x"
    await world.until(lambda: ("run", "test.pass.last") in world.events)
    assert [event for event, name in world.events if name == "test.pass.last"] == ["build", "run"]
    assert all(world.health(f"test.pass.{name}")[0] == "healthy" for name in ("first", "last", "neighbour"))


async def test_one_that_waits_is_started_by_a_reload_that_needs_no_waiting(world: World) -> None:
    await world.load(CHAIN)
    await world.load(CHAIN.replace("test.late.late.output", '"x"'))
    await world.until(lambda: ("run", "test.pass.last") in world.events)
    assert world.component("test.pass.last").arguments.input == "got x"


async def test_a_reload_that_is_refused_changes_nothing_of_who_waits(world: World) -> None:
    await world.load(CHAIN)
    found = await world.refused(CHAIN.replace("test.late.late.output", '"x"') + 'test.pass "no" { refuse = true }\n')
    assert [code for code, *_ in found] == ["KM803"]
    assert world.health("test.pass.first") == WAITS
    assert world.component("test.pass.first") is None
    await world.load(f'{CHAIN}test.pass "new" {{ }}')
    assert world.health("test.pass.first") == WAITS
    await arrive(world)
    await world.until(lambda: world.component("test.pass.last"))


MADE = 'test.pass "first" {\n\tinput = encoding.from_json(test.late.late.output)\n}\n'


async def test_mistakes_of_who_waits_are_found_at_once(world: World) -> None:
    found = await world.refused(LATE + MADE.replace("}", '\tinputs = [encoding.from_json("{")]\n}'))
    assert [position for _, position, _ in found] == ["config.alloy:4:12"]


async def test_mistakes_in_what_is_made_of_it_are_found_when_it_is_there(world: World) -> None:
    await world.load(f'{LATE}{MADE}test.pass "user" {{ input = test.pass.first.output }}')
    await arrive(world, value="{")
    await world.until(lambda: "config.alloy:3:10" in world.health("test.pass.first")[1])
    await world.until(lambda: "waits for `test.pass.first`" in world.health("test.pass.user")[1])
    await arrive(world, value='"x"')
    await world.until(lambda: world.component("test.pass.user"))
    assert world.component("test.pass.user").arguments.input == "x"


async def test_a_load_does_not_wait_for_ever(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.engine.evaluator._PREPARE_SECONDS", 0.05)
    endless = CHAIN.replace('input = "secret"', 'input = "never"')
    for text, waits in ((endless, WAITS[1]), (CHAIN, ""), (endless, f"{WAITS[1]}, and keeps its old arguments")):
        world.arrived["secret"] = "x"
        await world.load(text)
        if waits:
            assert world.health("test.late.late") == ("unhealthy", "nothing came within 0.05s, it goes on trying")
            assert world.health("test.pass.first") == ("unhealthy", waits)


async def test_who_runs_keeps_its_arguments(world: World) -> None:
    world.arrived["secret"] = "x"
    await world.load(CHAIN)
    changed = CHAIN.replace('input = "secret"', 'input = "other"').replace('"got "', '"has "')
    await world.load(changed)
    assert world.health("test.late.late") == ("unhealthy", "there is no other")
    assert world.component("test.pass.first").arguments.input == "got x"
    assert world.health("test.pass.first") == (WAITS[0], f"{WAITS[1]}, and keeps its old arguments")
    await arrive(world, "other", "x")
    await world.until(lambda: world.component("test.pass.last").arguments.input == "has x")
    assert world.health("test.pass.first")[0] == "healthy"


EARLY = f"""
{LATE}
test.early "e" {{ input = "got " + test.late.late.output }}
test.pass "user" {{ input = "after " + test.early.e.output }}
"""
LACKS = ("unhealthy", "`input` waits for `test.late.late`, which has nothing to export yet")


def seen_by_early(world: World) -> list[str]:
    return [event for event, name in world.events if name == "test.early.e"]


async def test_who_can_begin_without_a_value_does(world: World) -> None:
    await world.load(EARLY)
    assert world.health("test.early.e") == LACKS
    await world.until(lambda: world.health("test.pass.user")[0] == "healthy")
    await world.until(lambda: seen_by_early(world) == ["build", "lacks ['input']", "run"])
    await arrive(world)
    await world.until(lambda: world.component("test.pass.user").arguments.input == "after got x")
    assert world.health("test.early.e")[0] == "healthy"
    assert seen_by_early(world)[3:] == ["update", "lacks []"]


async def test_a_value_that_is_as_good_as_none_is_a_value(world: World) -> None:
    await world.load(EARLY.replace('"got " + ', ""))
    await arrive(world, value="")
    await world.until(lambda: world.health("test.early.e")[0] == "healthy")
    assert "lacks []" in seen_by_early(world)


async def test_only_what_is_deferred_may_be_missing(world: World) -> None:
    await world.load(
        EARLY.replace('input = "got " + test', "inputs = [test").replace("output }\ntest.pass", "output] }\ntest.pass")
    )
    assert world.health("test.early.e") == world.health("test.pass.user") == WAITS
    assert world.component("test.early.e") is None


async def test_who_refuses_to_begin_without_a_value_waits(world: World) -> None:
    await world.load(EARLY.replace("output }\ntest.pass", "output\n refuse = true\n}\ntest.pass"))
    assert world.health("test.early.e") == world.health("test.pass.user") == WAITS


async def test_a_refused_reload_leaves_who_began_without_a_value_as_it_is(world: World) -> None:
    await world.load(EARLY)
    await world.refused(EARLY.replace("test.late.late.output", '"x"') + 'test.pass "no" { refuse = true }\n')
    assert world.health("test.early.e") == LACKS
    assert seen_by_early(world)[-2:] == ["update", "lacks ['input']"]
    await arrive(world)
    await world.until(lambda: world.component("test.early.e").arguments.input == "got x")


DECLARE = 'declare "m" {\n argument "a" {}\n export "e" { value = argument.a.value }\n}\n'
MODULES = {
    "an argument": f"""{LATE}{DECLARE}
        m "x" {{ a = test.late.late.output }}
        test.pass "user" {{ input = m.x.e }}""",
    "an export": f"""{DECLARE.replace('argument "a" {}', LATE).replace("argument.a.value", "test.late.late.output")}
        m "x" {{}}
        test.pass "user" {{ input = m.x.e }}""",
    "a collection": f"""{LATE}
        foreach "l" {{
            collection = [test.late.late.output]
            var = "one"
            template {{ test.pass "user" {{ input = one }} }}
        }}""",
    "a template": f"""{LATE}
        foreach "l" {{
            collection = [1]
            var = "one"
            template {{ test.pass "user" {{ input = test.late.late.output }} }}
        }}""",
}


@pytest.mark.parametrize("name", MODULES)
async def test_modules_wait(world: World, name: str) -> None:
    def running(kind: str) -> list[Any]:
        return [i.component for i in world.engine.instances() if i.node.type == kind and i.task is not None]

    await world.load(MODULES[name])
    await world.until(lambda: running("test.late"))
    assert not running("test.pass")
    world.arrived["secret"] = "x"
    running("test.late")[0].look()
    await world.until(lambda: running("test.pass"))
    assert running("test.pass")[0].arguments.input == "x"
