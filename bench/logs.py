"""What the log path costs: CRI lines from files to a Loki push endpoint that only counts.

    python -m bench.logs [--lines 1000000] [--peer 'alloy run {config} --storage.path={storage} --server.http.listen-addr={listen}']

Two pipelines over 4 files of CRI lines of about 220 bytes (JSON bodies):

* `json`: cri, the level out of the JSON body, a label from it;
* `preset`: what the pod-logs preset renders between its file source and its destination.

CPU seconds are the whole process' from its start until the sink has every line, start-up included.
A peer runs the same configurations in the same run, so that only the ratio counts.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import kmon
from bench.processes import KMON, free_port, running
from compiler.diagnostics import Source

FILES = 4
_SOURCE = """
loki.source.file "pod_logs" {{
  targets = [
{targets}
  ]
  forward_to = [loki.process.pod_logs.receiver]
}}
"""
_WRITE = """
loki.write "logs" {{
  endpoint {{
    url = "{url}/loki/api/v1/push"
  }}
}}
"""
_JSON = """
loki.process "pod_logs" {
  forward_to = [loki.write.logs.receiver]
  stage.cri { }
  stage.json {
    expressions = { level = "level" }
  }
  stage.labels {
    values = { level = "" }
  }
}
"""
_VALUES = """
cluster: {name: bench}
presets: [pod-logs]
destinations:
  logs: {type: loki, url: URL/loki/api/v1/push}
"""


@dataclass(frozen=True, slots=True)
class Result:
    lines: int
    bytes: int
    cpu_seconds: float
    wall_seconds: float
    peak_anonymous: int

    def __str__(self) -> str:
        rate, mib = self.lines / self.cpu_seconds, self.bytes / self.cpu_seconds / 2**20
        return (
            f"{rate:>9,.0f} lines and {mib:>4.0f} MiB a CPU second, {self.lines / self.wall_seconds:>9,.0f} lines a second, "
            f"{self.peak_anonymous / 2**20:>4.0f} MiB anonymous"
        )


def write_lines(folder: Path, lines: int) -> tuple[list[Path], int]:
    """`FILES` files with `lines` lines in all. Returns the files and their size together."""
    chance = random.Random(1)
    words = "request served from cache while the upstream was slow to answer the health probe of zone".split()  # noqa: SIM905
    files = [folder / f"{number}.log" for number in range(FILES)]
    at = 1_767_225_600_000_000_000
    for file in files:
        with file.open("w") as out:
            for _ in range(lines // FILES):
                at += chance.randrange(1, 2_000_000)
                stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at // 10**9)) + f".{at % 10**9:09d}Z"
                body = {
                    "level": chance.choice(("info", "info", "info", "warn", "error", "debug")),
                    "msg": " ".join(chance.choices(words, k=14)),
                    "trace_id": f"{chance.getrandbits(128):032x}",
                    "duration_ms": chance.randrange(1, 900),
                }
                out.write(f"{stamp} {chance.choice(('stdout', 'stderr'))} F {json.dumps(body)}\n")
    return files, sum(file.stat().st_size for file in files)


def targets(files: list[Path]) -> str:
    labels = 'namespace = "default", container = "app", job = "default/app", app_kubernetes_io_name = "app"'
    runtime = 'tmp_container_runtime = "containerd", service_name = "app", service_namespace = "default"'
    return "\n".join(
        f'    {{ __path__ = "{file}", pod = "app-{n}", service_instance_id = "default.app-{n}.app", {labels}, {runtime} }},'
        for n, file in enumerate(files)
    )


def json_pipeline(files: list[Path], url: str) -> str:
    return _SOURCE.format(targets=targets(files)) + _JSON + _WRITE.format(url=url)


def preset_pipeline(files: list[Path], url: str) -> str:
    """The preset's own components behind its file source, fed by the files of this bench."""
    rendering = kmon.render([Source("values.yaml", _VALUES.replace("URL", url))])
    collector = rendering.collector("alloy-logs")
    assert collector is not None, [diagnostic.message for diagnostic in rendering.diagnostics]
    kept = [collector.graph.nodes[id].block.span for id in ("loki.process.pod_logs", "loki.write.logs")]
    return "\n".join(
        [_SOURCE.format(targets=targets(files)), *(collector.text[span.start : span.end] for span in kept)]
    )


PIPELINES: dict[str, Callable[[list[Path], str], str]] = {"json": json_pipeline, "preset": preset_pipeline}


@contextmanager
def counting_sink() -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "kmon", "sink", "--count", "--listen", f"127.0.0.1:{port}"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"{url}/ready", timeout=1).read()
                break
            except OSError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


def arrived(url: str) -> int:
    with urllib.request.urlopen(f"{url}/stats", timeout=5) as answer:
        return int(json.load(answer)["records"])


def measure(command: str, text: str, lines: int, size: int, url: str, folder: Path) -> Result:
    """Run one agent until the sink has `lines` more lines. Raises `TimeoutError` when they do not come."""
    config, storage, log = folder / "config.alloy", folder / "storage", folder / "agent.log"
    shutil.rmtree(storage, ignore_errors=True)
    config.write_text(text)
    before, start = arrived(url), time.monotonic()
    with running(command, config, storage, log) as agent:
        while (count := arrived(url) - before) < lines:
            if agent.process.poll() is not None or time.monotonic() - start > 300:
                raise TimeoutError(f"{count} of {lines} lines arrived:\n{log.read_text()[-2000:]}")
            time.sleep(0.05)
        return Result(lines, size, agent.cpu_seconds, time.monotonic() - start, agent.peak_anonymous)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--pipeline", choices=[*PIPELINES, "all"], default="all")
    parser.add_argument("--peer", help="command of another agent, with {config}, {storage} and {listen}")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kmon-bench-") as name, counting_sink() as url:
        folder = Path(name)
        files, size = write_lines(folder, options.lines)
        lines = options.lines // FILES * FILES
        print(f"{lines:,} lines in {FILES} files, {size / lines:.0f} bytes a line")
        for pipeline, build in PIPELINES.items():
            if options.pipeline not in ("all", pipeline):
                continue
            text = build(files, url)
            results = {"kmon": measure(KMON, text, lines, size, url, folder)}
            if options.peer:
                results["peer"] = measure(options.peer, text, lines, size, url, folder)
            for who, result in results.items():
                print(f"{pipeline:<8}{who:<6}{result}")
            if options.peer:
                print(f"{pipeline:<8}ratio {results['peer'].cpu_seconds / results['kmon'].cpu_seconds:.1f}")


if __name__ == "__main__":
    main()
