"""What cannot be read ends each command in the same words."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from kmon.cli import app


@pytest.mark.parametrize("command", ["render", "lint", "graph", "fmt", "inventory"])
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("none.yaml", "none.yaml: no such file or directory"),
        ("latin.yaml", "latin.yaml:2:4: not UTF-8"),
        ("-", "<stdin>:2:4: not UTF-8"),
    ],
)
def test_it_is_told_where_and_why(
    command: str, name: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"a: 1\nb: \xe4\n")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, [command, name], input=b"a: 1\nb: \xe4\n")
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"kmon {command}: {reason}\n")


@pytest.mark.parametrize("command", ["render", "lint", "graph"])
def test_files_of_set_file_too(command: str, tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"\xe4")
    (tmp_path / "v.yaml").write_text("cluster: {name: c}\n")
    result = CliRunner().invoke(app, [command, f"{tmp_path}/v.yaml", "--set-file", f"a={tmp_path}/latin"])
    assert result.exit_code == 2
    assert f"{tmp_path}/latin:1:1: not UTF-8\n" in result.stderr


@pytest.mark.parametrize(("command", "code", "more"), [("lint", 0, ", nothing was looked at"), ("graph", 2, "")])
def test_a_folder_without_a_configuration_is_told(command: str, code: int, more: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [command, str(tmp_path)])
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr == f"kmon {command}: no .alloy file in {tmp_path}{more}\n"
