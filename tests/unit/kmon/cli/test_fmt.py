"""kmon fmt, as a command."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CASES = json.loads((Path(__file__).parents[3] / "conformance/language/fmt.json").read_text())
PLAIN = [case for case in CASES if isinstance(case["fmt"], str) and case["expect"]["exit"] == 0 and "args" not in case]


def fmt(*arguments: str, text: str = "", cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kmon", "fmt", *arguments]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False, cwd=cwd)


@pytest.mark.parametrize("case", PLAIN[::12], ids=lambda case: case["name"])
def test_stdin_to_stdout_as_alloy_formats(case: dict[str, Any]) -> None:
    done = fmt("-", text=case["fmt"])
    assert (done.returncode, done.stdout) == (0, case["expect"]["output"])


def test_write_and_check_over_a_folder(tmp_path: Path) -> None:
    ugly, pretty = tmp_path / "a.alloy", tmp_path / "inner" / "b.alloy"
    pretty.parent.mkdir()
    ugly.write_text('logging {\nlevel="info"\n}\n')
    pretty.write_text('logging {\n\tlevel = "info"\n}\n')
    checked = fmt("--check", str(tmp_path))
    assert (checked.returncode, checked.stdout.split()) == (1, [str(ugly)])
    assert fmt("-w", str(tmp_path)).returncode == 0
    assert ugly.read_text() == pretty.read_text()
    assert fmt("--check", str(tmp_path)).returncode == 0


def test_a_syntax_error_leaves_the_file_alone(tmp_path: Path) -> None:
    broken = tmp_path / "broken.alloy"
    broken.write_text("logging {\n")
    done = fmt("-w", str(broken))
    assert done.returncode == 1
    assert f"{broken}:2:1: error[" in done.stderr
    assert broken.read_text() == "logging {\n"


def test_a_missing_file_is_a_failure(tmp_path: Path) -> None:
    done = fmt(str(tmp_path / "none.alloy"))
    assert done.returncode == 2
    assert "none.alloy" in done.stderr


def test_write_and_check_exclude_each_other(tmp_path: Path) -> None:
    done = fmt("-w", "--check", str(tmp_path))
    assert (done.returncode, done.stderr) == (2, "kmon fmt: `--write` and `--check` exclude each other\n")


def test_a_folder_without_files_is_told(tmp_path: Path) -> None:
    done = fmt("--check", str(tmp_path))
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"kmon fmt: no .alloy file in {tmp_path}\n"
