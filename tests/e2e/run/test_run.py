"""`kmon run` from outside: exit codes, signals, reload, values."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ECHO = """
loki.source.file "s" {
  targets    = [{ __path__ = "FOLDER/in.log" }]
  forward_to = [loki.process.p.receiver]
}
loki.process "p" {
  forward_to = [loki.echo.e.receiver]
  stage.cri { }
}
loki.echo "e" { }
"""
LINE = "2024-03-05T10:20:30.123456789Z stdout F "


class Agent:
    def __init__(self, folder: Path, arguments: list[str]) -> None:
        self.log = folder / "agent.log"
        command = [sys.executable, "-m", "kmon", "run", *arguments, "--server.http.listen-addr=127.0.0.1:0"]
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [*command, f"--storage.path={folder / 'data'}"],
                cwd=folder,
                stdout=output,
                stderr=output,
                env={**os.environ, "NO_COLOR": "1", "HOSTNAME": "node"},
            )

    def until(self, pattern: str, seconds: float = 30) -> re.Match[str]:
        """Wait for a line of the log."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if match := re.search(pattern, self.log.read_text()):
                return match
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"no {pattern!r} in:\n{self.log.read_text()}")

    def get(self, path: str) -> str:
        address = self.until(r"now listening for http traffic\" addr=(\S+)")[1]
        with urllib.request.urlopen(f"http://{address}{path}", timeout=10) as answer:
            text: str = answer.read().decode()
            return text

    def ends(self) -> int:
        return self.process.wait(30)


Start = Callable[..., Agent]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    agents: list[Agent] = []

    def start(*arguments: str) -> Agent:
        agents.append(Agent(tmp_path, list(arguments)))
        return agents[-1]

    yield start
    for agent in agents:
        if agent.process.poll() is None:
            agent.process.kill()
            agent.process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_lines_flow_and_a_signal_stops_in_order(tmp_path: Path, start: Start, number: signal.Signals) -> None:
    (tmp_path / "in.log").write_text(f"{LINE}hello world\n")
    (tmp_path / "c.alloy").write_text(ECHO.replace("FOLDER", str(tmp_path)))
    agent = start("c.alloy")
    agent.until('component_id=loki.echo.e .*"hello world"')
    assert agent.get("/-/ready") == "Alloy is ready.\n"
    agent.process.send_signal(number)
    assert agent.ends() == 0
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_the_log_is_json_from_its_first_line_to_its_last(tmp_path: Path, start: Start) -> None:
    (tmp_path / "c.alloy").write_text('logging {\n  format = "json"\n}\n')
    agent = start("c.alloy")
    agent.until("configuration loaded")
    agent.process.terminate()
    assert agent.ends() == 0
    said = [json.loads(line)["msg"] for line in agent.log.read_text().splitlines()]
    assert said == ["now listening for http traffic", "configuration loaded", "stopping", "stopped"]


def test_sighup_takes_up_what_changed_and_refuses_what_is_broken(tmp_path: Path, start: Start) -> None:
    config = tmp_path / "c.alloy"
    config.write_text('loki.echo "a" { }\n')
    agent = start("c.alloy")
    agent.until("configuration loaded")
    config.write_text('loki.echo "a" { }\nloki.echo "b" { }\n')
    agent.process.send_signal(signal.SIGHUP)
    agent.until("1 added, 0 removed, 0 changed, 1 kept")
    config.write_text("loki.echo {")
    agent.process.send_signal(signal.SIGHUP)
    agent.until("configuration refused, the old one goes on")
    assert len(json.loads(agent.get("/api/v0/web/components"))) == 2


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (
            'discovery.relabel "r" {\n  targets = 5\n}\nlocal.file "f" {\n  nope = 1\n}\n',
            ["c.alloy:2:13", "c.alloy:5:3"],
        ),
        ('local.file "f" {\n  filename = "/nope"\n}\n', ["c.alloy:2:14"]),
        ('loki.source.syslog "s" {\n  forward_to = []\n}\n', ["c.alloy:1:1"]),
    ],
)
def test_a_refused_configuration_ends_with_1_and_all_errors(
    tmp_path: Path, start: Start, text: str, places: list[str]
) -> None:
    (tmp_path / "c.alloy").write_text(text)
    agent = start("c.alloy")
    assert agent.ends() == 1
    for place in places:
        assert f"{place}: error[KM" in agent.log.read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["nope.alloy"], 1, "cannot read configuration `nope.alloy`: no such file or directory"),
        (["latin.alloy"], 1, "cannot read configuration `latin.alloy:2:1`: not UTF-8"),
        (["c.alloy", "--stability.level=stable"], 2, "`stable` is none of experimental"),
        (["c.alloy", "--storage.spool-size=lots"], 2, "`lots` is no size"),
        (["c.alloy", "--collector=alloy-logs"], 2, "belong to a values file"),
    ],
)
def test_usage(tmp_path: Path, start: Start, arguments: list[str], code: int, message: str) -> None:
    (tmp_path / "c.alloy").write_text("")
    (tmp_path / "latin.alloy").write_bytes(b"// a\n\xe4")
    agent = start(*arguments)
    assert agent.ends() == code
    assert message in agent.log.read_text()


def test_values_are_rendered_checked_and_run(tmp_path: Path, start: Start) -> None:
    (tmp_path / "values.yaml").write_text(
        "cluster: {name: prod}\npresets: [pod-logs]\ndestinations:\n  logs: {type: loki, url: http://127.0.0.1:9/push}\n"
    )
    (tmp_path / "objects.yaml").write_text("apiVersion: v1\nkind: List\nitems: []\n")
    agent = start("values.yaml", "--collector=alloy-logs", "--inventory=objects.yaml")
    agent.until("configuration loaded")
    names = {component["name"] for component in json.loads(agent.get("/api/v0/web/components"))}
    assert {"discovery.kubernetes", "loki.source.file", "loki.process", "loki.write"} <= names


def test_values_with_no_such_collector(tmp_path: Path, start: Start) -> None:
    (tmp_path / "values.yaml").write_text(
        "cluster: {name: prod}\npresets: [pod-logs]\ndestinations:\n  logs: {type: loki, url: http://127.0.0.1:9/push}\n"
    )
    agent = start("values.yaml", "--collector=nope")
    assert agent.ends() == 1
    assert "there is no collector `nope`" in agent.log.read_text()
    assert "alloy-logs" in agent.log.read_text()


def test_heavy_packages_are_not_imported_by_the_command_itself() -> None:
    script = (
        "import sys, kmon.cli.run\n"
        "print([m for m in ('pyarrow', 'numpy', 'kubernetes', 'grpc', 'jinja2', 'ruamel', 'jsonschema') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_second_process_cannot_use_the_same_storage(tmp_path: Path, start: Start) -> None:
    (tmp_path / "c.alloy").write_text("")
    start("c.alloy").until("configuration loaded")
    second = start("c.alloy")
    assert second.ends() == 2
    assert "is in use by another process" in second.log.read_text()


def test_a_second_signal_does_not_wait_for_a_destination(tmp_path: Path, start: Start) -> None:
    (tmp_path / "in.log").write_text("one line\n")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(30)
        (tmp_path / "c.alloy").write_text(
            f'loki.source.file "s" {{\n  targets    = [{{ __path__ = "{tmp_path}/in.log" }}]\n'
            "  forward_to = [loki.write.w.receiver]\n}\n"
            'loki.write "w" {\n  endpoint {\n    remote_timeout = "10m"\n'
            f'    url            = "http://127.0.0.1:{silent.getsockname()[1]}/push"\n  }}\n}}\n'
        )
        agent = start("c.alloy", "--feature.component-shutdown-deadline=10m")
        connection, _ = silent.accept()
        with connection:
            agent.process.send_signal(signal.SIGTERM)
            agent.until("msg=stopping")
            with pytest.raises(subprocess.TimeoutExpired):
                agent.process.wait(1)
            agent.process.send_signal(signal.SIGINT)
            assert agent.ends() == 0
    assert "stopping at once" in agent.log.read_text()
    agent.until("left in the spool.* requests=1")
