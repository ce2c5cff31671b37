"""Reloads of random modules: whatever was there before, the values are those of the text, and a refused text changes none."""

from __future__ import annotations

import random
from typing import Any

from compiler.diagnostics import DiagnosticError


def _expression(rng: random.Random, known: list[str]) -> str:
    word = f'"{rng.choice("abc")}"'
    return f"{rng.choice(known)} + {word}" if known and rng.random() < 0.7 else word


def _body(rng: random.Random, depth: int, known: list[str], export: bool) -> list[str]:
    """Lines of a body; `known` are the values that it may use."""
    known, lines = list(known), []
    for name in (f"{leaf}{depth}" for leaf in rng.sample("pqr", rng.randint(1, 3))):
        refuse = rng.random() < 0.04
        kind = "early" if rng.random() < 0.3 else "pass"
        lines.append(f'test.{kind} "{name}" {{')
        lines += [f"  input = {_expression(rng, known)}", f"  refuse = {str(refuse).lower()}", "}"]
        known.append(f"test.{kind}.{name}.output")
    if depth:
        for name in rng.sample(("m", "n"), rng.randint(0, 2)):
            inner = _body(rng, depth - 1, ["argument.a.value"], export=True)
            lines += [f'declare "{name}" {{', '  argument "a" { }', *(f"  {line}" for line in inner), "}"]
            if rng.random() < 0.8:
                lines += [f'{name} "v{depth}" {{', f"  a = {_expression(rng, known)}", "}"]
                known.append(f"{name}.v{depth}.out")
        if rng.random() < 0.6:
            items = ", ".join(_expression(rng, known) for _ in range(rng.randint(0, 3)))
            inner = _body(rng, depth - 1, [*known, "item"], export=False)
            lines += ['foreach "f" {', f"  collection = [{items}]", '  var = "item"', "  template {"]
            lines += [*(f"    {line}" for line in inner), "  }", "}"]
    if export:
        lines += ['export "out" {', f"  value = {_expression(rng, known)}", "}"]
    return lines


def _values(world: Any) -> dict[str, str]:
    return {i.id: repr(i.exported) for i in world.engine.instances()}


async def test_values_are_those_of_the_text(world: Any) -> None:
    before: dict[str, str] = {}
    refused = 0
    for seed in range(70):
        rng = random.Random(seed)
        text = "\n".join(_body(rng, 2, [], export=False))
        try:
            await world.load(text)
        except DiagnosticError as error:
            assert {d.code for d in error.diagnostics.errors} == {"KM803"}, text
            refused += 1
            assert _values(world) == before, text
            continue
        after = _values(world)
        await world.load("")
        assert _values(world) == {}
        await world.load(text)
        assert _values(world) == after, text
        before = after
        running = {i.id for i in world.engine.instances() if i.component is not None}
        assert {i.id for i in world.engine.instances() if i.task is not None} == running
    assert 3 < refused < 50


async def test_values_that_come_late_are_those_of_a_load_that_had_them(world: Any) -> None:
    waited = 0
    for seed in range(25):
        body = _body(random.Random(seed), 2, ["test.late.late.output"], export=False)
        text = "\n".join(['test.late "late" { input = "secret" }', *body]).replace("refuse = true", "refuse = false")
        world.arrived["secret"] = "x"
        await world.load(text)
        expected = _values(world)
        await world.load("")
        world.arrived.clear()
        await world.load(text)
        waited += sum("waits for" in instance.health.message for instance in world.engine.instances())
        world.arrived["secret"] = "x"
        world.component("test.late.late").look()
        await world.until(lambda wanted=expected: _values(world) == wanted)
        await world.until(lambda: not [i.id for i in world.engine.instances() if i.health.state == "unhealthy"])
        await world.load("")
    assert waited > 30
