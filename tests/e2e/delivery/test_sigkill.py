"""The delivery promise, seen from outside: killed at random moments while files rotate, not one line is lost."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

FILES, LINES_A_SECOND, ROTATE_SECONDS, KILLS = 4, 500, 2.0, 10
CONFIG = """
loki.source.file "pods" {{
  targets = [
{targets}
  ]
  forward_to = [loki.process.pods.receiver]
}}

loki.process "pods" {{
  forward_to = [loki.write.sink.receiver]
  stage.cri {{ }}
  stage.labels {{
    values = {{ stream = "" }}
  }}
}}

loki.write "sink" {{
  endpoint {{
    url                = "{url}/loki/api/v1/push"
    batch_wait         = "200ms"
    min_backoff_period = "100ms"
  }}
}}
"""


class Writer(threading.Thread):
    """Writes CRI lines with consecutive numbers to `FILES` files, which rotate by rename as the kubelet does it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        self.files = [folder / f"{number}" / "0.log" for number in range(FILES)]
        for file in self.files:
            file.parent.mkdir(parents=True)
            file.touch()
        self.written = 0
        self._enough = threading.Event()

    def run(self) -> None:
        handles = [file.open("a", buffering=1) for file in self.files]
        rotated, rotations = time.monotonic(), 0
        while not self._enough.wait(0.02):
            for _ in range(int(LINES_A_SECOND * FILES * 0.02)):
                stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{time.time_ns() % 10**9:09d}Z"
                handles[self.written % FILES].write(f"{stamp} stdout F line {self.written} {'x' * 100}\n")
                self.written += 1
            if time.monotonic() - rotated > ROTATE_SECONDS:
                rotated, rotations = time.monotonic(), rotations + 1
                for number, file in enumerate(self.files):
                    file.rename(file.with_name(f"0.log.20260101-{rotations:06d}"))
                    handles[number].close()
                    handles[number] = file.open("a", buffering=1)
        for handle in handles:
            handle.close()

    def stop(self) -> int:
        self._enough.set()
        self.join()
        return self.written


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    records = tmp_path / "records.jsonl"
    command = [
        sys.executable,
        "-m",
        "kmon",
        "sink",
        "--listen",
        "127.0.0.1:0",
        "--out",
        str(records),
        "--fail",
        "0.1",
        "--seed",
        "7",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    url = next(word for word in process.stdout.readline().split() if word.startswith("http://"))
    try:
        yield url.rstrip("/"), records
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def start(config: Path, storage: Path, log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            [
                sys.executable,
                "-m",
                "kmon",
                "run",
                str(config),
                f"--storage.path={storage}",
                "--server.http.listen-addr=127.0.0.1:0",
            ],
            stdout=output,
            stderr=output,
        )


def numbers(records: Path) -> Counter[int]:
    counts: Counter[int] = Counter()
    with records.open() as lines:
        for line in lines:
            if line.endswith("\n"):
                counts[int(json.loads(line)["line"].split()[1])] += 1
    return counts


def test_ten_kills_while_files_rotate_lose_nothing(tmp_path: Path, sink: tuple[str, Path]) -> None:
    url, records = sink
    chance = random.Random(int(os.environ.get("KMON_SEED", "0")) or None)
    writer = Writer(tmp_path / "pods")
    config, storage, log = tmp_path / "config.alloy", tmp_path / "storage", tmp_path / "agent.log"
    targets = "\n".join(f'    {{ __path__ = "{file}", pod = "app-{n}" }},' for n, file in enumerate(writer.files))
    config.write_text(CONFIG.format(targets=targets, url=url))
    writer.start()
    agent = start(config, storage, log)
    try:
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.5, 3))
            agent.send_signal(signal.SIGKILL)
            agent.wait()
            time.sleep(chance.uniform(0, 1))
            agent = start(config, storage, log)
        written = writer.stop()
        deadline = time.monotonic() + 60
        while len(counts := numbers(records)) < written and time.monotonic() < deadline:
            time.sleep(0.5)
    finally:
        agent.terminate()
        agent.wait(30)
    missing = sorted(set(range(written)) - counts.keys())
    twice = sum(count - 1 for count in counts.values())
    print(f"{written} lines written, {len(missing)} lost, {twice} twice")
    assert not missing, f"{len(missing)} of {written} lines lost, first {missing[:5]}:\n{log.read_text()[-3000:]}"
