from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "kmon", "sink"]


def test_it_says_where_it_listens_writes_records_and_stops_on_a_signal(tmp_path: Path) -> None:
    out = tmp_path / "records.jsonl"
    options = ["--listen", "127.0.0.1:0", "--out", str(out), "--seed", "7"]
    with subprocess.Popen([*COMMAND, *options], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            url = next(word for word in process.stdout.readline().split() if word.startswith("http://"))
            body = json.dumps({"streams": [{"stream": {"app": "a"}, "values": [["5", "x"]]}]}).encode()
            headers = {"Content-Type": "application/json"}
            with urllib.request.urlopen(
                urllib.request.Request(f"{url}/loki/api/v1/push", body, headers), timeout=10
            ) as answer:
                assert answer.status == 204
            with urllib.request.urlopen(f"{url}/stats", timeout=10) as answer:
                assert json.load(answer)["records"] == 1
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
        finally:
            process.kill()
    assert [json.loads(line)["line"] for line in out.read_text().splitlines()] == ["x"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--listen", "nowhere"], "--listen `nowhere` needs a port"),
        (["--status", "503,9"], "--status `9` is no HTTP status"),
        (["--out", "/nowhere/at/all"], "/nowhere/at/all: no such file or directory"),
    ],
)
def test_bad_options_say_why(options: list[str], reason: str) -> None:
    done = subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert reason in done.stderr
    assert done.stderr.startswith("kmon sink: ")


def test_records_that_cannot_be_written_are_not_taken() -> None:
    reader, writer = os.pipe()
    options = ["--listen", "127.0.0.1:0", "--out", "-"]
    with subprocess.Popen([*COMMAND, *options], stdout=writer, stderr=subprocess.PIPE, text=True) as process:
        os.close(writer)
        assert process.stderr is not None
        try:
            url = next(word for word in process.stderr.readline().split() if word.startswith("http://"))
            os.close(reader)
            body = json.dumps({"streams": [{"stream": {"app": "a"}, "values": [["5", "x"]]}]}).encode()
            request = urllib.request.Request(f"{url}/loki/api/v1/push", body, {"Content-Type": "application/json"})
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(request, timeout=10)
            assert (caught.value.code, caught.value.read()) == (503, b"cannot write records: Broken pipe\n")
            with urllib.request.urlopen(f"{url}/stats", timeout=10) as answer:
                assert json.load(answer)["records"] == 0
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=10)
        finally:
            process.kill()
    assert errors == "kmon sink: cannot write records: Broken pipe\n"


def test_an_outage_leaves_time_to_be_up() -> None:
    done = subprocess.run([*COMMAND, "--down", "5s/3s"], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert "`5s/3s` leaves no time to be up" in done.stderr
