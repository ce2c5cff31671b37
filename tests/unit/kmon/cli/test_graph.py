"""`kmon graph` from outside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from kmon.cli import app

PROCESS = 'loki.process "p" {\n  forward_to = [loki.write.w.receiver]\n}\n'
WRITE = 'loki.write "w" {\n  endpoint {\n    url = "http://loki/loki/api/v1/push"\n  }\n}\n'
SOURCE = 'loki.source.api "a" {\n  http { }\n  forward_to = [loki.process.p.receiver]\n}\n'
MODULE = (
    f'declare "m" {{\n{PROCESS}{WRITE}export "receiver" {{\n  value = loki.process.p.receiver\n}}\n}}\nm "x" {{ }}\n'
)
MODULE += SOURCE.replace("loki.process.p", "m.x")
VALUES = """\
cluster: {name: prod}
presets: [pod-logs]
destinations:
  logs: {type: loki, url: https://loki.example/loki/api/v1/push}
collectors:
  more:
    presets: [singleton]
    extraConfig: |
      loki.source.api "in" {
        http { }
        forward_to = [loki.process.p.receiver]
      }
      loki.process "p" {
        forward_to = [loki.echo.e.receiver]
        stage.regex { expression = "abc" }
      }
      loki.echo "e" { }
"""


def run(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["graph", *arguments], input=stdin, env={"NO_COLOR": "1"})
    return result.exit_code, result.stdout, result.stderr


def graphs(*arguments: str, stdin: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run(*arguments, "--format", "json", stdin=stdin)[1])["graphs"]
    return found


def ids(graph: dict[str, Any]) -> list[str]:
    return [node["id"] for node in graph["nodes"]]


@pytest.fixture
def values(tmp_path: Path) -> str:
    (tmp_path / "values.yaml").write_text(VALUES)
    return str(tmp_path / "values.yaml")


def test_files_that_refer_to_each_other_are_one_graph(tmp_path: Path) -> None:
    (tmp_path / "a.alloy").write_text(SOURCE + PROCESS)
    (tmp_path / "b.alloy").write_text(WRITE)
    (graph,) = graphs(str(tmp_path))
    assert graph["name"] == str(tmp_path)
    assert [(node["id"], node["file"], node["line"]) for node in graph["nodes"]] == [
        ("loki.write.w", str(tmp_path / "b.alloy"), 1),
        ("loki.process.p", str(tmp_path / "a.alloy"), 5),
        ("loki.source.api.a", str(tmp_path / "a.alloy"), 1),
    ]
    assert [edge["signal"] for edge in graph["edges"]] == ["logs", "logs"]


@pytest.mark.parametrize(
    ("form", "start"), [("mermaid", "flowchart LR\n"), ("dot", "digraph kmon {\n"), ("svg", "<svg "), ("json", "{\n")]
)
def test_pictures(form: str, start: str) -> None:
    code, out, errors = run("-", "--format", form, stdin=SOURCE + PROCESS + WRITE)
    assert (code, errors) == (0, "")
    assert out.startswith(start)
    assert out == run("-", "--format", form, stdin=SOURCE + PROCESS + WRITE)[1]


def test_modules_folded_and_open() -> None:
    (folded,) = graphs("-", stdin=MODULE)
    assert ids(folded) == ["m.x", "loki.source.api.a"]
    (opened,) = graphs("-", "--modules", "open", stdin=MODULE)
    assert [module["id"] for module in opened["modules"]] == ["m.x"]
    assert "m.x/loki.process.p" in ids(opened)


def test_each_collector_of_values_is_a_graph(values: str) -> None:
    logs, more = graphs(values)
    assert (logs["name"], logs["note"], more["name"], more["note"]) == ("alloy-logs", "daemonset", "more", "deployment")
    assert "loki.write.logs" in ids(logs)
    assert [graph["name"] for graph in graphs(values, "--collector", "more")] == ["more"]
    assert "loki.write.other" in ids(
        graphs(values, "--set", "destinations.other.type=loki,destinations.other.url=http://o/")[0]
    )
    code, out, errors = run(values, "--collector", "none")
    assert (code, out) == (2, "")
    assert errors.endswith("kmon graph: there is no collector `none` among alloy-logs, more\n")


def test_findings_of_lint_stand_on_their_nodes(values: str) -> None:
    code, out, errors = run(values, "--format", "json")
    assert code == 0
    assert f"{values}:15:36: warning[KM421]" in errors
    logs, more = json.loads(out)["graphs"]
    assert [[f["code"] for f in node["findings"]] for node in more["nodes"]] == [[], ["KM421"], []]
    assert not any(node["findings"] for node in logs["nodes"])


def test_errors_are_drawn_too() -> None:
    code, out, errors = run("-", "--format", "json", stdin=SOURCE + PROCESS)
    assert code == 1
    assert errors.startswith("<stdin>:6:17: error[KM245]: ")
    (graph,) = json.loads(out)["graphs"]
    assert [f["code"] for node in graph["nodes"] for f in node["findings"]] == ["KM245"]


def test_after_a_syntax_error_there_is_nothing_to_draw() -> None:
    code, out, errors = run("-", "--output-format", "json", stdin="a {")
    assert (code, out) == (1, "")
    assert json.loads(errors)[0]["severity"] == "error"


def test_what_cannot_be_read(tmp_path: Path) -> None:
    code, out, errors = run(str(tmp_path / "nothing.alloy"))
    assert (code, out) == (2, "")
    assert "nothing.alloy" in errors
    assert run(str(tmp_path))[::2] == (2, f"kmon graph: no .alloy file in {tmp_path}\n")
    (tmp_path / "latin.alloy").write_bytes(b"// \xe9\n")
    assert run(str(tmp_path / "latin.alloy"))[0] == 2


def test_too_many_open_modules() -> None:
    chain = "".join(
        f'declare "m{i}" {{\n' + "".join(f'\tm{i - 1} "{n}" {{ }}\n' for n in "ab") + "}\n" for i in range(1, 16)
    )
    code, out, errors = run("-", "--modules", "open", stdin='declare "m0" {\n}\n' + chain + 'm15 "all" { }\n')
    assert (code, out) == (2, "")
    assert "draw them with `--modules folded`" in errors


def test_the_stability_level() -> None:
    text = 'otelcol.exporter.file "x" {\n  path = "x"\n}\n'
    assert run("-", stdin=text)[0] == 1
    assert run("-", "--stability.level", "experimental", stdin=text)[0] == 0
    assert run("-", "--stability.level", "beta", stdin=text)[0] == 2
