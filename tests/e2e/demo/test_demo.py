"""The demo as a user starts it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

COMMAND = [sys.executable, "-m", "kmon", "demo"]


def test_every_line_arrives_although_files_rotate_and_deliveries_fail(tmp_path: Path) -> None:
    keep = tmp_path / "kept"
    options = ["--for", "8s", "--rotate", "2s", "--fail", "0.1", "--keep", str(keep)]
    done = subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Every line arrived, once." in done.stdout
    assert "\x1b" not in done.stdout
    written = re.search(
        r"^written ([\d,]+)  arrived ([\d,]+)  lost 0  twice 0  \((\d+) rotations\)", done.stdout, re.MULTILINE
    )
    assert written is not None, done.stdout
    assert written[1] == written[2]
    assert int(written[3]) > 0
    assert (keep / "alloy-logs.alloy").exists()
    assert (keep / "alloy-singleton.alloy").exists()


def test_ctrl_c_ends_the_writing_and_the_rest_still_arrives(tmp_path: Path) -> None:
    with subprocess.Popen(
        COMMAND, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ}
    ) as process:
        assert process.stdout is not None
        try:
            deadline = time.monotonic() + 60
            while "running" not in (line := process.stdout.readline()):
                assert line, "the demo ended by itself"
                assert time.monotonic() < deadline
            process.send_signal(signal.SIGINT)
            rest = process.stdout.read()
            assert process.wait(60) == 0, rest
        finally:
            process.kill()
    assert "Every line arrived, once." in rest


def test_a_demo_that_is_killed_leaves_no_agent_behind(tmp_path: Path) -> None:
    with subprocess.Popen([*COMMAND, "--keep", str(tmp_path / "kept")], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            while "running" not in (line := process.stdout.readline()):
                assert line, "the demo ended by itself"
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        finally:
            process.kill()
    assert len(children) == 2
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{child}").exists() for child in children):
        logs = [file.read_text() for file in (tmp_path / "kept").glob("*.log")]
        assert time.monotonic() < deadline, "\n".join(logs)
        time.sleep(0.05)
