"""Imports: where declares come from, and what happens when their text changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


def declare(name: str, value: str) -> str:
    return f'declare "{name}" {{\n  export "v" {{ value = {value} }}\n}}\n'


def polled(path: Path, name: str = "lib") -> str:
    return f'import.file "{name}" {{\n  filename = "{path}"\n  detector = "poll"\n  poll_frequency = "10ms"\n}}\n'


def value(world: Any, component_id: str) -> object:
    return world.instance(component_id).exported["v"]


async def test_a_file_and_its_changes(world: Any, tmp_path: Path) -> None:
    lib = tmp_path / "lib.alloy"
    lib.write_text(declare("a", '"1"'))
    await world.load(polled(lib) + 'lib.a "x" { }\ntest.pass "p" { input = lib.a.x.v }')
    assert value(world, "lib.a.x") == "1"
    lib.write_text(declare("a", '"2"'))
    await world.until(lambda: world.instance("test.pass.p").exported["output"] == "2")


async def test_broken_text_leaves_what_runs(world: Any, tmp_path: Path) -> None:
    lib = tmp_path / "lib.alloy"
    lib.write_text(declare("a", '"1"'))
    await world.load(polled(lib) + 'lib.a "x" { }')
    for number, broken in enumerate(("declare {", 'logging { level = "info" }'), 1):
        lib.write_text(broken)
        await world.until(lambda: world.health("import.file.lib")[0] == "unhealthy")
        assert (value(world, "lib.a.x"), world.health("lib.a.x")[0]) == (str(number), "healthy")
        lib.write_text(declare("a", f'"{number + 1}"'))
        await world.until(lambda: world.health("import.file.lib")[0] == "healthy")
        assert value(world, "lib.a.x") == str(number + 1)
    lib.unlink()
    await world.until(lambda: world.health("import.file.lib")[0] == "unhealthy")
    assert "no such file" in world.health("import.file.lib")[1]


async def test_a_declare_that_vanishes_is_named_and_what_runs_goes_on(world: Any, tmp_path: Path) -> None:
    lib = tmp_path / "lib.alloy"
    lib.write_text(declare("a", '"1"'))
    await world.load(polled(lib) + 'lib.a "x" { }')
    lib.write_text(declare("b", '"1"'))
    await world.until(lambda: world.health("lib.a.x")[0] == "unhealthy")
    assert "cannot find the definition of component `lib.a`" in world.health("lib.a.x")[1]
    assert value(world, "lib.a.x") == "1"


async def test_a_folder_with_nested_imports_by_module_path(world: Any, tmp_path: Path) -> None:
    mods = tmp_path / "mods"
    (mods / "sub").mkdir(parents=True)
    (mods / "a.alloy").write_text(
        'import.file "inner" {\n  filename = file.path_join(module_path, "sub", "leaf.alloy")\n  detector = "poll"\n'
        '  poll_frequency = "10ms"\n}\ndeclare "a" {\n  inner.leaf "l" { }\n  export "v" { value = inner.leaf.l.v }\n}\n'
    )
    (mods / "b.alloy").write_text(declare("b", "module_path"))
    (mods / "c.txt").write_text("broken {")
    (mods / "sub" / "leaf.alloy").write_text(declare("leaf", '"leaf"'))
    await world.load(f'import.file "lib" {{\n  filename = "{mods}"\n}}\nlib.a "x" {{ }}\nlib.b "x" {{ }}')
    assert (value(world, "lib.a.x"), value(world, "lib.b.x")) == ("leaf", str(mods))
    (mods / "sub" / "leaf.alloy").write_text(declare("leaf", '"changed"'))
    await world.until(lambda: value(world, "lib.a.x") == "changed")


async def test_a_text_from_an_expression(world: Any) -> None:
    text = declare("a", "1").replace('"', '\\"').replace("\n", "\\n")
    await world.load(
        f'test.pass "t" {{ input = "{text}" }}\nimport.string "lib" {{ content = test.pass.t.output }}\nlib.a "x" {{ }}\n'
        'test.pass "p" { input = lib.a.x.v }'
    )
    assert value(world, "lib.a.x") == 1
    exports = type(world.instance("test.pass.t").exports)
    world.component("test.pass.t").options.export(exports(declare("a", "2")))
    await world.until(lambda: world.instance("test.pass.p").exported["output"] == "2")


async def test_a_wrong_argument_of_a_text_from_an_expression(world: Any) -> None:
    text = 'declare "a" {\\n  argument "b" { }\\n}'.replace('"', '\\"')
    found = await world.refused(
        f'test.pass "t" {{ input = "{text}" }}\nimport.string "lib" {{ content = test.pass.t.output }}\n'
        'lib.a "x" {\n  c = 1\n}\nlib.b "y" { }'
    )
    assert [(code, at) for code, at, _ in found] == [
        ("KM260", "config.alloy:4:3"),
        ("KM261", "config.alloy:3:1"),
        ("KM251", "config.alloy:6:1"),
    ]


async def test_broken_text_that_nothing_uses_starts(world: Any) -> None:
    await world.load('import.string "lib" { content = "declare {" }\ntest.pass "p" { }')
    assert world.health("import.string.lib")[0] == "unhealthy"
    found = await world.refused('import.string "lib" { content = "declare {" }\nlib.a "x" { }')
    assert [(code, at) for code, at, _ in found] == [("KM251", "config.alloy:2:1")]


async def test_a_broken_declare_counts_where_it_is_used(world: Any, tmp_path: Path) -> None:
    lib = tmp_path / "lib.alloy"
    lib.write_text(
        declare("a", '"1"') + 'declare "b" {\n  test.pass "p" { nope = 1 }\n}\n' + 'declare "c" {\n  b "x" { }\n}\n'
    )
    await world.load(polled(lib) + 'lib.a "x" { }')
    for name in ("b", "c"):
        ((code, at, _),) = await world.refused(polled(lib) + f'lib.{name} "x" {{ }}')
        assert (code, at) == ("KM260", f"{lib}:5:19")


async def test_an_import_is_seen_in_declares_and_followed_there(world: Any, tmp_path: Path) -> None:
    lib = tmp_path / "lib.alloy"
    lib.write_text(declare("a", '"1"'))
    await world.load(
        polled(lib) + 'declare "m" {\n  declare "n" {\n    lib.a "x" { }\n    export "v" { value = lib.a.x.v }\n  }\n'
        '  n "x" { }\n  export "v" { value = n.x.v }\n}\nm "x" { }'
    )
    lib.write_text(declare("a", '"2"'))
    await world.until(lambda: value(world, "m.x") == "2")


async def test_an_import_inside_a_declare(world: Any, tmp_path: Path) -> None:
    lib = tmp_path / "lib.alloy"
    lib.write_text(declare("a", '"1"'))
    await world.load(
        'declare "m" {\n  argument "path" { }\n'
        + polled(lib).replace(f'"{lib}"', "argument.path.value")
        + f'  lib.a "x" {{ }}\n  export "v" {{ value = lib.a.x.v }}\n}}\nm "x" {{ path = "{lib}" }}'
    )
    lib.write_text(declare("a", '"2"'))
    await world.until(lambda: value(world, "m.x") == "2")


async def test_a_missing_file_is_refused_and_so_is_one_that_imports_itself(world: Any, tmp_path: Path) -> None:
    found = await world.refused(f'import.file "lib" {{\n  filename = "{tmp_path}/no.alloy"\n}}')
    assert [(code, at) for code, at, _ in found] == [("KM803", "config.alloy:2:14")]
    lib = tmp_path / "lib.alloy"
    lib.write_text(declare("a", '"1"') + f'import.file "again" {{\n  filename = "{lib}"\n}}\n')
    await world.load(f'import.file "lib" {{\n  filename = "{lib}"\n}}')
    lib.write_text(
        declare("a", '"1"')
        + 'import.file "again" {\n  filename = file.path_join(module_path, sys.env("KMON_NONE"), "lib.alloy")\n}\n'
    )
    await world.load(f'import.file "lib" {{\n  filename = "{lib}"\n}}\nlib.a "x" {{ }}')
    assert "imports itself" in world.health("import.file.lib/import.file.again")[1]


@pytest.mark.parametrize("argument", ['poll_frequency = "0s"', 'detector = "guess"'])
async def test_arguments_of_a_file(world: Any, tmp_path: Path, argument: str) -> None:
    (tmp_path / "lib.alloy").write_text("")
    assert await world.refused(f'import.file "lib" {{\n  filename = "{tmp_path}/lib.alloy"\n  {argument}\n}}')
