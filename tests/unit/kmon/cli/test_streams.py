"""The standard streams of the process: whoever reads has enough, they are closed, the disk is full, the locale is ASCII."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

VALUES = """
cluster: {name: prod}
presets: [pod-logs]
destinations: {logs: {type: loki, url: "https://loki.example/loki/api/v1/push"}}
"""


@pytest.fixture(autouse=True)
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "v.yaml").write_text(VALUES)
    (tmp_path / "broken.yaml").write_text("a: 1\n")
    monkeypatch.chdir(tmp_path)


def shell(line: str, **environment: str) -> tuple[int, str, str]:
    """A line of a shell in which `kmon` is this one."""
    script = f'kmon() {{ "{sys.executable}" -m kmon "$@"; }}\n{line}'
    env = {**os.environ, "COLUMNS": "80", **environment}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=False, env=env)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    "command",
    [
        "render v.yaml",
        "schema",
        "lint broken.yaml",
        "--help",
        "render --help",
        "demo --for 1s",
        "sink --listen 127.0.0.1:0",
    ],
)
def test_whoever_reads_may_have_enough(command: str) -> None:
    assert shell(f"kmon {command} | true; exit ${{PIPESTATUS[0]}}") == (141, "", "")


@pytest.mark.parametrize(
    "command", ["render v.yaml", "schema", "explain", "--help", "render --help", "sink --listen 127.0.0.1:0"]
)
def test_a_full_disk_is_told(command: str) -> None:
    assert shell(f"kmon {command} > /dev/full") == (2, "", "kmon: stdout: no space left on device\n")


@pytest.mark.parametrize("command", ["render broken.yaml", "render missing.yaml", "schema"])
def test_nothing_can_be_written_at_all(command: str) -> None:
    assert shell(f"kmon {command} > /dev/full 2>&1") == (2, "", "")


@pytest.mark.parametrize(
    ("command", "code"), [("render v.yaml", 0), ("render v.yaml --format svg", 0), ("lint broken.yaml", 1)]
)
def test_closed_streams_change_nothing(command: str, code: int) -> None:
    assert shell(f"kmon {command} <&- >&- 2>&-") == (code, "", "")


def test_text_is_utf_8_in_every_locale() -> None:
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    drawn = shell("kmon render v.yaml --format svg")
    assert drawn[0] == 0
    assert not drawn[1].isascii()
    assert shell("kmon render v.yaml --format svg", **ascii_only) == drawn
    assert shell(r"printf '\xef\xbb\xbf// ä\n' | kmon fmt -", **ascii_only) == (0, "// ä\n", "")


def test_ctrl_c_leaves_no_traceback() -> None:
    # What a shell starts in the background ignores Ctrl-C, and so does all that it starts.
    command = ["env", "--default-signal=INT", sys.executable, "-X", "importtime", "-m", "kmon", "render", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        # The first module of the command line is being loaded: the front door has been passed.
        for line in process.stderr:
            if "| " in line and line.split("|")[-1].strip() in ("typer.colors", "typer._click.globals"):
                break
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    assert "Traceback" not in errors
