"""Values of expressions, decoded arguments, and the positions of errors. What refers to components is asked of a running agent."""

from __future__ import annotations

import math
import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from compiler.catalog import load_catalog
from compiler.diagnostics import Diagnostics, Source, Span
from compiler.evaluate import EvaluationError, Scope, decode, encode, evaluate, stdlib
from compiler.lint import lint
from compiler.syntax import parse, parse_expression
from compiler.syntax.tree import Block
from tests.conformance.agent import COMMAND, Agent, free_ports
from tests.conformance.language.cases import Case, agrees, cases, params

_PROBE = """declare "probe" {
  argument "v" {
    optional = true
  }
  export "v" {
    value = argument.v.value
  }
}
probe "x" {
  v = %s
}
"""


def needs_components(case: Case) -> bool:
    return "setup" in case or case.get("what") == "exports"


def plain(value: dict[str, Any]) -> Any:
    """The API's shape as the cases hold it: `{"array": [...]}`, `{"object": {...}}`."""
    match value:
        case {"type": "array", "value": elements}:
            return {"array": [plain(element) for element in elements]}
        case {"type": "object", "value": fields}:
            return {"object": {field["key"]: plain(field["value"]) for field in fields}}
        case _:
            return {value["type"]: value["value"]}


def place(span: Span) -> Case:
    line, column = span.position
    return {"line": line, "column": column}


def wanted(case: Case) -> Case:
    """Without messages."""
    if "value" in case["expect"]:
        return {"value": case["expect"]["value"]}
    return {"error": [{"line": e["line"], "column": e["column"]} for e in case["expect"]["error"] if "line" in e]}


def comparable(got: Case, case: Case) -> Case:
    """Alloy reports no place where null is to blame."""
    nowhere = any("line" not in error for error in case["expect"].get("error", ()))
    return {"error": []} if nowhere and "error" in got else got


def result(text: str) -> Case:
    found = Diagnostics()
    expression = parse_expression(Source("case.alloy", text), found)
    if expression is None:
        return {"error": [place(d.span) for d in found if d.span]}
    try:
        return {"value": plain(encode(evaluate(expression, Scope())))}
    except EvaluationError as error:
        assert "\n" not in error.fact.message()
        return {"error": [place(error.span)]}


@pytest.mark.parametrize("case", params("expressions", lambda case: "expr" in case and not needs_components(case)))
def test_expressions(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in case.get("env", {}).items():
        monkeypatch.setenv(name, text)
    agrees("expressions", case, comparable(result(case["expr"]), case), wanted(case))


@pytest.mark.parametrize(
    "name", [*stdlib.FUNCTIONS, *stdlib.DEPRECATED, *(f"constants.{n}" for n in stdlib.constants())]
)
def test_every_name_of_the_standard_library_is_measured(name: str) -> None:
    used = re.compile(rf"(?<![\w.]){re.escape(name)}(?![\w.])")
    measured = [case for case in cases("expressions") if used.search(case.get("expr", ""))]
    assert any("value" in case["expect"] for case in measured)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def agent(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Agent]:
    folder = tmp_path_factory.mktemp("agent")
    (folder / "config.alloy").write_text("")
    (port,) = free_ports(1)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as client:
        running = Agent(folder, {}, client, f"127.0.0.1:{port}", COMMAND)
        assert await running.start() is None, running.log()
        yield running
        await running.kill()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("case", params("expressions", needs_components))
async def test_what_components_export(case: Case, agent: Agent) -> None:
    text = case["setup"] + _PROBE % case["expr"] if "expr" in case else case["decode"]
    for name, content in {**case.get("files", {}), "config.alloy": text}.items():
        Path(agent.folder, name).write_text(content.replace("${DIR}", str(agent.folder)))
    async with agent.client.post(f"http://{agent.listen}/-/reload") as answer:
        body = await answer.text()
    if answer.status == 200:
        found = await agent.component(case.get("read", "probe.x"))
        exports = {one["name"]: plain(one["value"]) for one in found["exports"]}
        agrees("expressions", case, {"value": exports["v"] if "expr" in case else exports}, wanted(case))
        return
    at = re.search(r"config\.alloy:(\d+):(\d+)", body)
    assert at is not None, body
    line = case["setup"].count("\n") + _PROBE[: _PROBE.index("%s")].count("\n")
    error = {"line": int(at[1]) - line, "column": int(at[2]) - len("  v = ")}
    agrees("expressions", case, comparable({"error": [error]}, case), wanted(case))


@pytest.mark.parametrize("case", params("expressions", lambda case: "decode" in case and not needs_components(case)))
def test_decoded_arguments(case: Case) -> None:
    file = parse(Source("case.alloy", case["decode"]), Diagnostics())
    (block,) = file.body.statements
    assert isinstance(block, Block)
    schema = load_catalog().get(block.type)
    assert schema is not None
    found = Diagnostics()
    decoded = decode(block.body, schema.body, Scope(), found)
    if "error" in case["expect"]:
        # Some relations between arguments are rules of lint.
        errors = found or lint([file], Diagnostics()).errors
        assert errors
        agrees("expressions", case, {"error": [place(one.span) for one in errors if one.span]}, wanted(case))
        return
    assert not found.found
    contained(decoded, case["expect"]["value"])


def contained(decoded: Mapping[str, Any], shown: Mapping[str, Any]) -> None:
    """Alloy shows defaults that were not written, and hides what was written if it is the default."""
    for name, value in decoded.items():
        if isinstance(value, dict) and isinstance(shown.get(name), list):
            contained(value, shown[name][0])
        elif isinstance(value, list) and value and isinstance(value[0], dict) and isinstance(shown[name], list):
            for one, other in zip(value, shown[name], strict=True):
                contained(one, other)
        elif name in shown:
            assert close(plain(encode(value)), shown[name])
        else:
            assert value in ([], "(.*)", ";", "replace", "", 0, "$1")


def close(got: Any, want: Any) -> bool:
    match got, want:
        case {"number": a}, {"number": b}:
            return math.isclose(a, b)
        case _:
            return bool(got == want)
