import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kmon.cli import app

VALUES = "cluster: {name: c}\npresets: [pod-logs]\ndestinations:\n  logs: {type: loki, url: https://loki/push}\n"


@pytest.fixture
def values(tmp_path: Path) -> Path:
    path = tmp_path / "values.yaml"
    path.write_text(VALUES)
    return path


def run(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["render", *arguments], input=stdin, env={"NO_COLOR": "1"})
    return result.exit_code, result.stdout, result.stderr


def test_to_stdout_from_stdin_and_from_a_file(values: Path) -> None:
    code, from_file, errors = run(str(values))
    assert (code, errors) == (0, "")
    assert from_file.startswith("// Pod logs:")
    assert run("-", stdin=VALUES)[1] == from_file
    assert run("-f", str(values))[1] == from_file


def test_into_a_folder(values: Path, tmp_path: Path) -> None:
    code, out, _ = run(str(values), "-o", str(tmp_path / "out"))
    assert (code, out) == (0, "")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["alloy-logs.alloy"]


def test_sets_and_later_files_win(values: Path, tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("cluster: {name: d}\n")
    assert 'cluster          = "d"' in run(str(values), "-f", str(tmp_path / "b.yaml"))[1]
    assert 'cluster          = "e"' in run(str(values), "-f", str(tmp_path / "b.yaml"), "--set", "cluster.name=e")[1]


def test_an_empty_value_is_not_called_missing(values: Path) -> None:
    code, _, errors = run(str(values), "--set", "cluster.name=")
    assert code == 1
    assert "--set cluster.name:1:14: error[KM109]: `cluster.name` is empty" in errors


def test_several_collectors_are_told_apart(values: Path) -> None:
    extra = [
        "--set",
        "collectors.more.presets={singleton}",
        "--set-string",
        'collectors.more.extraConfig=loki.echo "x" { }',
    ]
    _, out, _ = run(str(values), *extra)
    assert out.count("// alloy-logs.alloy\n") == out.count("// more.alloy\n") == 1
    assert run(str(values), *extra, "--collector", "more")[1] == 'loki.echo "x" { }\n'
    assert run(str(values), *extra, "--collector", "mroe")[0] == 2


def test_findings_go_to_stderr_and_into_the_exit_code(values: Path) -> None:
    code, out, errors = run(str(values), "--set", "clustr=1")
    assert (code, out) == (1, "")
    assert "--set clustr:1:1: error[KM104]: unknown key `clustr`" in errors
    assert "help: did you mean `cluster`?" in errors
    code, out, errors = run(str(values), "--set", "clustr=1", "--allow-unknown", "--output-format", "json")
    assert code == 0
    assert out
    assert [(found["code"], found["severity"]) for found in json.loads(errors)] == [("KM104", "warning")]


def test_what_cannot_be_read_or_written(values: Path, tmp_path: Path) -> None:
    code, _, errors = run(str(tmp_path / "missing.yaml"))
    assert code == 2
    assert "missing.yaml: no such file or directory" in errors
    assert run(str(values), "-o", str(values))[0] == 2
    assert run()[0] == 2
    (tmp_path / "latin.yaml").write_bytes(b"a: \xe9\n")
    assert "latin.yaml:1:4: not UTF-8" in run(str(tmp_path / "latin.yaml"))[2]
    assert run("-", "-")[0] == 2
    code, _, errors = run(str(values), "--set-file", f"cluster.name={tmp_path}/none")
    assert (code, "none: no such file or directory" in errors) == (2, True)


def test_graph_formats(values: Path, tmp_path: Path) -> None:
    (graph,) = json.loads(run(str(values), "--format", "json")[1])["graphs"]
    assert "loki.write.logs" in [node["id"] for node in graph["nodes"]]
    assert run(str(values), "--format", "mermaid")[1].startswith("flowchart")
    assert run(str(values), "--format", "dot")[1].startswith("digraph")
    assert run(str(values), "--format", "svg")[1].startswith("<svg")
    assert run(str(values), "--format", "dot", "--explain")[0] == 2
    run(str(values), "--format", "mermaid", "-o", str(tmp_path / "out"))
    assert (tmp_path / "out" / "alloy-logs.mmd").is_file()


def test_several_graphs_are_one_picture_or_a_file_each(values: Path, tmp_path: Path) -> None:
    more = ["collectors.more.presets={singleton}", 'collectors.more.extraConfig=loki.echo "x" { }']
    extra = ["--set", more[0], "--set-string", more[1], "--format", "json"]
    graphs = json.loads(run(str(values), *extra)[1])["graphs"]
    assert [graph["name"] for graph in graphs] == ["alloy-logs", "more"]
    assert len(json.loads(run(str(values), *extra, "--collector", "more")[1])["graphs"]) == 1
    assert run(str(values), *extra, "-o", str(tmp_path))[0] == 0
    assert json.loads((tmp_path / "more.json").read_text())


def test_explain_names_key_and_preset_line(values: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(values.parent)
    text, _, legend = run(values.name, "--explain")[1].rpartition("\n\n")
    rows = text.splitlines()
    (url,) = [row for row in rows if "https://loki/push" in row]
    letter, line, _, text = url.split(maxsplit=3)
    assert (line, text) == ("12", 'url                 = "https://loki/push"')
    assert rows.index("── preset destinations/loki/loki.alloy.j2 ──") < rows.index(url)
    places = {row.split()[0]: row.split()[1:] for row in legend.splitlines()}
    assert places[letter] == ["destinations.logs.url", "values.yaml:4:27"]
    (retries,) = [row for row in rows if "max_backoff_retries" in row]
    assert places[retries.split()[0]] == ["destinations.logs.maxBackoffRetries", "default"]


def test_explain_fits_into_80_columns_and_says_all(
    values: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(values.parent)
    values.write_text(VALUES + 'collectors:\n  alloy-logs:\n    extraConfig: |\n      loki.echo "x" { }\n')
    out = run(values.name, "--explain")[1]
    assert "  8 │ loki.echo" in out
    assert max(map(len, out.splitlines())) <= 80
    shown = "".join(row.partition("│")[2] for row in out.splitlines())
    assert "".join(shown.split()) == "".join(run(values.name)[1].split())
    run(values.name, "--explain", "-o", str(tmp_path))
    assert (tmp_path / "alloy-logs.txt").read_text() == out


def test_a_warning_fails_nothing(values: Path) -> None:
    code, out, errors = run(str(values), "--set", "podLogsViaLoki.enabled=true,collectors.idle.presets={singleton}")
    assert code == 0
    assert out
    assert "warning[KM130]" in errors


def test_windows_line_ends_and_a_byte_order_mark(values: Path) -> None:
    plain = run(str(values))[1]
    values.write_bytes(b"\xef\xbb\xbf" + VALUES.replace("\n", "\r\n").encode())
    assert run(str(values))[1] == plain


def test_the_command_imports_nothing_heavy(values: Path) -> None:
    code = (
        "import sys\nfrom kmon.cli import app\n"
        "app(['render', sys.argv[1]], standalone_mode=False)\n"
        "heavy = {'aiohttp', 'grpc', 'pyarrow', 'kubernetes', 'numpy', 'uvloop', 'compiler.drawing'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code, str(values)], check=True, stdout=subprocess.DEVNULL)


def test_schema_and_presets() -> None:
    schema = CliRunner().invoke(app, ["schema"])
    assert json.loads(schema.stdout)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "pod-logs" in CliRunner().invoke(app, ["presets"]).stdout
    assert CliRunner().invoke(app, ["presets", "loki"]).stdout.startswith("# Destination `loki`")
    assert CliRunner().invoke(app, ["presets", "nothing"]).exit_code == 2
