"""foreach: a module for each item, which it keeps as long as the item stays."""

from __future__ import annotations

from typing import Any

EACH = """
test.pass "outer" { input = "o" }
foreach "f" {
  collection = %s
  var        = "item"
  template {
    test.pass "a" { input = item }
    test.pass "b" { input = test.pass.a.output + test.pass.outer.output }
  }
}
"""


def values(world: Any) -> dict[str, str]:
    return {
        i.module.id: i.exported["output"]
        for i in world.engine.instances()
        if i.id.startswith("foreach.f/") and i.local_id == "test.pass.b"
    }


async def test_each_item_has_a_module_named_after_it(world: Any) -> None:
    await world.load(EACH % '["a-1", "b", "b"]')
    assert values(world) == {
        "foreach.f/foreach_a_1_1": "a-1o",
        "foreach.f/foreach_b_1": "bo",
        "foreach.f/foreach_b_2": "bo",
    }
    assert list(world.instance("foreach.f").modules) == list(values(world))
    assert world.health("foreach.f")[0] == "healthy"


async def test_outer_exports_are_followed(world: Any) -> None:
    await world.load(EACH % '["x"]')
    world.component("test.pass.outer").options.export(type(world.instance("test.pass.outer").exports)("O"))
    await world.until(lambda: values(world) == {"foreach.f/foreach_x_1": "xO"})


async def test_items_come_and_go_and_those_that_stay_are_not_touched(world: Any) -> None:
    await world.load(EACH % '["x", "y"]')
    await world.until(lambda: ("run", "foreach.f/foreach_y_1/test.pass.b") in world.events)
    kept = world.component("foreach.f/foreach_y_1/test.pass.a")
    world.events.clear()
    await world.load(EACH % '["y", "z"]')
    assert list(values(world).values()) == ["yo", "zo"]
    assert world.component("foreach.f/foreach_y_1/test.pass.a") is kept
    await world.until(lambda: ("run", "foreach.f/foreach_z_1/test.pass.b") in world.events)
    touched = {component_id.split("/")[1] for _, component_id in world.events}
    assert touched == {"foreach_x_1", "foreach_z_1"}
    await world.load(EACH % "[]")
    assert values(world) == {}
    assert ("end", "foreach.f/foreach_z_1/test.pass.a") in world.events


async def test_a_refused_reload_keeps_the_items(world: Any) -> None:
    await world.load(EACH % '["x"]')
    await world.refused(EACH % '["y"]' + 'test.pass "bad" { refuse = true }')
    assert values(world) == {"foreach.f/foreach_x_1": "xo"}


async def test_items_may_be_objects_with_an_id(world: Any) -> None:
    text = """
foreach "f" {
  collection = [{name = "a", v = "1"}, {name = "b", v = "2"}, 7, true, 1.5]
  id         = "name"
  var        = "item"
  template { }
}
"""
    await world.load(text)
    names = [name.removeprefix("foreach.f/foreach_") for name in world.instance("foreach.f").modules]
    assert names == ["a_1", "b_1", "7_1", "true_1", "1_500000_1"]
    await world.load(text.replace("id     ", "hash_string_id = true\nid     "))
    first, *_ = world.instance("foreach.f").modules
    assert first == "foreach.f/foreach_ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb_1"


async def test_templates_nest_and_stand_in_modules(world: Any) -> None:
    await world.load(
        """
test.pass "deep" { input = "d" }
declare "m" {
  argument "items" { }
  test.pass "here" { input = "h" }
  foreach "f" {
    collection = argument.items.value
    var        = "x"
    template {
      foreach "g" {
        collection = ["1", "2"]
        var        = "y"
        template {
          test.pass "p" { input = x + y + test.pass.here.output }
        }
      }
    }
  }
}
m "x" { items = [test.pass.deep.output, "e"] }
"""
    )
    outputs = [i.exported["output"] for i in world.engine.instances() if i.local_id == "test.pass.p"]
    assert outputs == ["d1h", "d2h", "e1h", "e2h"]
    world.component("m.x/test.pass.here").options.export(type(world.instance("m.x/test.pass.here").exports)("H"))
    last = world.instance("m.x/foreach.f/foreach_e_1/foreach.g/foreach_2_1/test.pass.p")
    await world.until(lambda: last.exported["output"] == "e2H")


async def test_a_declare_is_used_from_a_template(world: Any) -> None:
    await world.load(
        'declare "m" {\n  argument "v" { }\n  export "v" { value = argument.v.value + "!" }\n}\n'
        'foreach "f" {\n  collection = ["a"]\n  var = "n"\n  template {\n    m "x" { v = n }\n'
        '    test.pass "p" { input = m.x.v }\n  }\n}'
    )
    assert world.instance("foreach.f/foreach_a_1/test.pass.p").exported["output"] == "a!"
    assert world.instance("foreach.f/foreach_a_1/m.x").is_component


async def test_metrics_of_items_only_when_asked_for(world: Any) -> None:
    await world.load(EACH % '["x"]')
    assert not world.instance("foreach.f/foreach_x_1/test.pass.a").module.metered
    await world.load((EACH % '["x"]').replace("var ", "enable_metrics = true\nvar "))
    assert world.instance("foreach.f/foreach_x_1/test.pass.a").module.metered
