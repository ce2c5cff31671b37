from __future__ import annotations

import asyncio
from typing import Any

import pytest

# Named by what they are fed with: c depends on b, b on a.
CHAIN = """
test.pass "c" { input = test.pass.b.output }
test.pass "b" { input = test.pass.a.output }
test.pass "a" { input = "%s" }
"""


def output(world: Any, component_id: str) -> str:
    return str(world.engine.root.instances[component_id].exported["output"])


async def test_evaluates_and_starts_dependencies_first_each_once(world: Any) -> None:
    plan = await world.load(CHAIN % "1")
    assert plan.added == ("test.pass.a", "test.pass.b", "test.pass.c")
    await world.until(lambda: ("run", "test.pass.c") in world.events)
    assert world.taken() == ["build a", "build b", "build c", "run a", "run b", "run c"]
    assert output(world, "test.pass.c") == "1"
    assert world.engine.ready


async def test_a_changed_export_goes_on_to_its_dependants(world: Any) -> None:
    await world.load(CHAIN % "1")
    await world.until(lambda: ("run", "test.pass.c") in world.events)
    world.taken()
    a = world.component("test.pass.a")
    a.options.export(type(world.engine.root.instances["test.pass.a"].exports)("2"))
    await world.until(lambda: output(world, "test.pass.c") == "2")
    assert world.taken() == ["update b", "update c"]


async def test_equal_exports_change_nothing(world: Any) -> None:
    await world.load(CHAIN % "1")
    await world.until(lambda: ("run", "test.pass.c") in world.events)
    world.taken()
    a = world.engine.root.instances["test.pass.a"]
    version = a.version
    a.component.options.export(type(a.exports)("1"))
    await asyncio.sleep(0.02)
    assert (world.taken(), a.version) == ([], version)


async def test_several_changes_close_together_are_taken_up_once(world: Any) -> None:
    await world.load(
        'test.pass "a" { }\ntest.pass "b" { }\ntest.pass "c" { inputs = [test.pass.a.output, test.pass.b.output] }'
    )
    await world.until(lambda: ("run", "test.pass.c") in world.events)
    world.taken()
    for name in ("a", "b"):
        instance = world.engine.root.instances[f"test.pass.{name}"]
        instance.component.options.export(type(instance.exports)(name))
    await world.until(lambda: output(world, "test.pass.c") == "a,b")
    assert world.taken() == ["update c"]


async def test_reload_touches_only_what_changed(world: Any) -> None:
    await world.load('test.pass "a" { input = "1" }\ntest.pass "b" { input = "1" }\ntest.pass "gone" { }')
    await world.until(lambda: ("run", "test.pass.gone") in world.events)
    kept = world.component("test.pass.a"), world.component("test.pass.b")
    world.taken()
    plan = await world.load('test.pass "a" { input = "1" }\ntest.pass "b" { input = "2" }\ntest.pass "new" { }')
    assert (plan.added, plan.removed) == (("test.pass.new",), ("test.pass.gone",))
    assert (plan.changed, plan.kept) == (("test.pass.b",), ("test.pass.a",))
    await world.until(lambda: ("run", "test.pass.new") in world.events)
    assert world.taken() == ["update b", "build new", "drain gone", "end gone", "run new"]
    assert kept == (world.component("test.pass.a"), world.component("test.pass.b"))


async def test_another_spelling_of_the_same_arguments_is_no_update(world: Any) -> None:
    await world.load('test.pass "a" { input = "1" }')
    await world.until(lambda: ("run", "test.pass.a") in world.events)
    world.taken()
    plan = await world.load('// the same\ntest.pass "a" {\n  input = "" + "1"\n}')
    assert plan.changed == ("test.pass.a",)
    assert world.taken() == []


async def test_a_refused_reload_is_rolled_back_and_names_all_errors(world: Any) -> None:
    await world.load(CHAIN % "1" + 'test.pass "d" { }\n')
    await world.until(lambda: ("run", "test.pass.d") in world.events)
    running = dict(world.engine.root.instances)
    world.taken()
    errors = await world.refused(
        CHAIN % "2"
        + 'test.pass "x" {\n  refuse = true\n}\ntest.pass "y" {\n  refuse = true\n}\n'
        + 'test.pass "z" { input = test.pass.x.output }\n'
    )
    assert [(code, at) for code, at, _ in errors] == [("KM803", "config.alloy:6:12"), ("KM803", "config.alloy:9:12")]
    assert errors[0][2] == "`test.pass.x` refuses its arguments: it does not want to"
    assert world.engine.root.instances == running
    await world.until(lambda: output(world, "test.pass.c") == "1")
    assert world.health("test.pass.a")[0] == "healthy"
    assert "end d" not in world.taken(), "what the refused configuration removed goes on"
    assert world.engine.ready


async def test_what_a_discarded_component_still_exports_is_not_heard(world: Any) -> None:
    await world.load('test.pass "a" { input = "1" }')
    errors = await world.refused('test.pass "a" { input = "1" }\ntest.pass "x" { }\ntest.pass "y" { refuse = true }')
    assert len(errors) == 1
    assert list(world.engine.root.instances) == ["test.pass.a"]


async def test_the_first_load_reports_all_errors_and_runs_nothing(world: Any) -> None:
    errors = await world.refused('test.pass "a" { refuse = true }\ntest.pass "b" { refuse = true }\ntest.pass "c" { }')
    assert [at for _, at, _ in errors] == ["config.alloy:1:26", "config.alloy:2:26"]
    assert not world.engine.ready
    assert not world.engine.root.instances
    assert "run c" not in world.taken()


async def test_a_dependant_of_what_failed_is_looked_at_too(world: Any) -> None:
    failed = 'test.pass "a" { refuse = true }\n'
    errors = await world.refused(failed + 'test.pass "b" {\n  input  = test.pass.a.output\n  refuse = true\n}')
    assert [at for _, at, _ in errors] == ["config.alloy:1:26", "config.alloy:4:12"]


@pytest.mark.parametrize(
    ("text", "code", "at", "word"),
    [
        ('test.missing "a" { }', "KM800", "config.alloy:1:1", "test.missing"),
        ("tracing { }", "KM801", "config.alloy:1:1", "tracing"),
        ('test.pass "a" {\n  future = "x"\n}', "KM802", "config.alloy:2:3", "future"),
    ],
)
async def test_what_the_runtime_lacks_is_refused_by_name(world: Any, text: str, code: str, at: str, word: str) -> None:
    ((found, position, message),) = await world.refused(text + '\ntest.pass "good" { }')
    assert (found, position) == (code, at)
    assert f"`{word}`" in message
    assert world.taken() == []


async def test_a_component_that_fails_is_unhealthy_and_started_again(world: Any) -> None:
    world.failures["test.failing.f"] = 3
    await world.load('test.failing "f" { }\ntest.pass "neighbour" { input = test.failing.f.output }')
    await world.until(lambda: ("crash", "test.failing.f") in world.events)
    await world.until(lambda: world.health("test.failing.f")[0] == "unhealthy")
    assert "it broke" in world.health("test.failing.f")[1]
    await world.until(lambda: ("run", "test.failing.f") in world.events)
    assert world.health("test.failing.f")[0] == "healthy"
    events = world.taken()
    assert [e for e in events if e.endswith(" f")] == ["build f", "crash f"] * 3 + ["build f", "run f"]
    assert [e for e in events if e.endswith(" neighbour")] == ["build neighbour", "run neighbour"]


async def test_new_arguments_start_a_failed_component_at_once(world: Any) -> None:
    world.engine._scheduler._backoff = type(world.engine._scheduler._backoff)(first=1000.0, longest=1000.0)
    world.failures["test.failing.f"] = 1
    await world.load('test.failing "f" { input = "1" }')
    await world.until(lambda: world.health("test.failing.f")[0] == "unhealthy")
    await world.load('test.failing "f" { input = "2" }')
    await world.until(lambda: ("run", "test.failing.f") in world.events)
    assert output(world, "test.failing.f") == "2"


async def test_a_component_that_returns_has_exited(world: Any) -> None:
    await world.load('test.leaving "l" { }\ntest.pass "neighbour" { }')
    await world.until(lambda: world.health("test.leaving.l")[0] == "exited")
    await asyncio.sleep(0.05)
    assert world.taken().count("run l") == 1


async def test_an_update_that_is_refused_while_running_keeps_the_old_arguments(world: Any) -> None:
    await world.load('test.pass "a" { input = "" }\ntest.pass "b" { refuse = test.pass.a.output == "bad" }')
    a = world.engine.root.instances["test.pass.a"]
    a.component.options.export(type(a.exports)("bad"))
    await world.until(lambda: world.health("test.pass.b")[0] == "unhealthy")
    assert world.health("test.pass.b")[1] == "component evaluation failed: updating component: it does not want to"
    a.component.options.export(type(a.exports)("good"))
    await world.until(lambda: world.health("test.pass.b")[0] == "healthy")


async def test_stops_sources_first_and_drains_each(world: Any) -> None:
    # A source refers to the component that it pushes into, so c is the source here and a the sink.
    await world.load(CHAIN % "1")
    await world.until(lambda: ("run", "test.pass.c") in world.events)
    world.taken()
    await world.engine.stop()
    assert world.taken() == ["drain c", "end c", "drain b", "end b", "drain a", "end a"]


async def test_a_component_that_does_not_drain_is_cut_off(world: Any) -> None:
    await world.load('test.stubborn "s" { }\ntest.pass "a" { }')
    await world.until(lambda: ("run", "test.stubborn.s") in world.events)
    await asyncio.wait_for(world.engine.stop(), 5)
    assert {"drain s", "end s", "drain a", "end a"} <= set(world.taken())


async def test_force_cuts_draining_off(world: Any) -> None:
    world.engine._scheduler._deadline = 1000.0
    await world.load('test.stubborn "s" { }')
    await world.until(lambda: ("run", "test.stubborn.s") in world.events)
    stopping = asyncio.create_task(world.engine.stop())
    await world.until(lambda: ("drain", "test.stubborn.s") in world.events)
    world.engine.force()
    await asyncio.wait_for(stopping, 5)


async def test_a_component_that_does_not_end_holds_nobody_up(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.engine.scheduler._KILL_SECONDS", (0.01, 0.01))
    await world.load('test.deaf "d" { }\ntest.pass "a" { }')
    deaf = world.component("test.deaf.d")
    await world.until(lambda: ("run", "test.deaf.d") in world.events)
    await asyncio.wait_for(world.engine.stop(), 5)
    assert world.engine.stuck
    assert "end a" in world.taken()
    deaf.may_end.set()


async def test_load_metrics(world: Any) -> None:
    registry = world.engine.metrics.registry
    await world.load('test.pass "a" { }')
    assert registry.get_sample_value("alloy_config_last_load_successful") == 1
    await world.refused("broken {")
    assert registry.get_sample_value("alloy_config_last_load_successful") == 0
    assert registry.get_sample_value("alloy_config_load_failures_total") == 1
    await world.load('test.pass "a" { }')
    assert registry.get_sample_value("alloy_config_last_load_successful") == 1
