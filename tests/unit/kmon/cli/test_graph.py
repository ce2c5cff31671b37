"""`kmon graph` from outside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kmon.cli import app

PROCESS = 'loki.process "p" {\n  forward_to = [loki.write.w.receiver]\n}\n'
WRITE = 'loki.write "w" { }\n'


def run(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["graph", *arguments], input=stdin, env={"NO_COLOR": "1"})
    return result.exit_code, result.stdout, result.stderr


def test_a_folder_is_one_graph(tmp_path: Path) -> None:
    (tmp_path / "a.alloy").write_text(PROCESS)
    (tmp_path / "b.alloy").write_text(WRITE)
    code, out, errors = run(str(tmp_path), "--format", "json")
    assert (code, errors) == (0, "")
    assert json.loads(out) == {
        "nodes": [
            {
                "id": "loki.write.w",
                "type": "loki.write",
                "label": "w",
                "role": "destination",
                "file": str(tmp_path / "b.alloy"),
                "line": 1,
            },
            {
                "id": "loki.process.p",
                "type": "loki.process",
                "label": "p",
                "role": "source",
                "file": str(tmp_path / "a.alloy"),
                "line": 1,
            },
        ],
        "edges": [{"producer": "loki.process.p", "consumer": "loki.write.w", "signal": "logs"}],
    }


@pytest.mark.parametrize(("form", "start"), [("mermaid", "flowchart LR\n"), ("dot", "digraph kmon {\n")])
def test_pictures(form: str, start: str) -> None:
    code, out, _ = run("-", "--format", form, stdin=PROCESS + WRITE)
    assert code == 0
    assert out.startswith(start)


def test_what_is_wrong_goes_to_stderr() -> None:
    code, out, errors = run("-", stdin=PROCESS)
    assert (code, out) == (1, "")
    assert errors.startswith("<stdin>:2:17: error[KM245]: ")
    code, out, errors = run("-", "--output-format", "json", stdin="a {")
    assert (code, out) == (1, "")
    assert json.loads(errors)[0]["severity"] == "error"


def test_what_cannot_be_read(tmp_path: Path) -> None:
    code, out, errors = run(str(tmp_path / "nothing.alloy"))
    assert (code, out) == (2, "")
    assert "nothing.alloy" in errors


def test_the_stability_level(tmp_path: Path) -> None:
    text = 'otelcol.exporter.file "x" {\n  path = "x"\n}\n'
    assert run("-", stdin=text)[0] == 1
    assert run("-", "--stability.level", "experimental", stdin=text)[0] == 0
    assert run("-", "--stability.level", "beta", stdin=text)[0] == 2
