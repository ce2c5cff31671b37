"""What stages cost: microseconds a line, by stage and for two whole chains, on synthetic batches.

python -m bench.stages                    batches of 5000 lines of about 220 bytes
python -m bench.stages --lines 20         small batches
python -m bench.stages --only preset json
"""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
from prometheus_client import CollectorRegistry

from runtime.ledger import Account
from runtime.signals.delivery import Delivery
from runtime.signals.labels import Labels
from runtime.signals.logs import LogBatch
from runtime.stages.frame import Frame
from runtime.stages.pipeline import Pipeline, StageBlock
from runtime.stages.stage import Context

FILES = 4
LEVELS = ("info", "info", "info", "warn", "error", "debug")
PRESET: list[StageBlock] = [
    (
        "match",
        {
            "selector": '{tmp_container_runtime=~"containerd|cri-o|"}',
            "stage": [("cri", {}), ("labels", {"values": {"flags": "", "stream": ""}})],
        },
    ),
    (
        "match",
        {
            "selector": '{tmp_container_runtime="docker"}',
            "stage": [("docker", {}), ("labels", {"values": {"stream": ""}})],
        },
    ),
    ("label_drop", {"values": ["filename", "tmp_container_runtime"]}),
    ("structured_metadata", {"values": {name: name for name in ("k8s_pod_name", "pod", "service_instance_id")}}),
    ("static_labels", {"values": {"cluster": "prod"}}),
]
JSON: list[StageBlock] = [
    ("cri", {}),
    ("json", {"expressions": {"level": ""}}),
    ("labels", {"values": {"level": ""}}),
]


def body(i: int) -> str:
    level = LEVELS[i % len(LEVELS)]
    return f'{{"level":"{level}","msg":"request {i} done","path":"/api/v1/items/{i % 977}","password":"x{i}","pad":"{"a" * 70}"}}'


def cri_line(i: int) -> bytes:
    stream = "stderr" if i % 7 == 0 else "stdout"
    return (
        f"2026-11-22T05:{i // 60000 % 60:02}:{i // 1000 % 60:02}.{i * 7919 % 10**9:09}Z {stream} F {body(i)}".encode()
    )


def docker_line(i: int) -> bytes:
    escaped = body(i).replace('"', '\\"')
    return f'{{"log":"{escaped}\\n","stream":"stdout","time":"2026-11-22T05:00:00.{i:09}Z"}}'.encode()


def plain_line(i: int) -> bytes:
    return body(i).encode()


def logfmt_line(i: int) -> bytes:
    level = LEVELS[i % len(LEVELS)]
    return (
        f'level={level} ts=2026-11-22T05:00:00Z msg="request {i} done" path=/items/{i % 977} pad={"a" * 120}'.encode()
    )


def trace_line(i: int) -> bytes:
    return plain_line(i) if i % 10 < 5 else f"    at com.example.Service.call(Service.java:{i}) {'a' * 100}".encode()


def time_line(i: int) -> bytes:
    return f'{{"t":"2026-11-22T05:00:00.{i:09}Z","u":{1790000000 + i}.5,"pad":"{"a" * 150}"}}'.encode()


EXTRACT: list[StageBlock] = [("json", {"expressions": {"level": "", "msg": "", "path": ""}})]
CASES: dict[str, tuple[Callable[[int], bytes], list[StageBlock], list[StageBlock]]] = {
    # name: lines, stages before the clock starts, stages that are measured
    "cri": (cri_line, [], [("cri", {})]),
    "docker": (docker_line, [], [("docker", {})]),
    "json: one key": (plain_line, [], [("json", {"expressions": {"level": ""}})]),
    "json: four keys": (plain_line, [], [("json", {"expressions": {"level": "", "msg": "", "path": "", "none": ""}})]),
    "json: JMESPath": (plain_line, [], [("json", {"expressions": {"level": "level || 'x'"}})]),
    "labels": (plain_line, EXTRACT, [("labels", {"values": {"level": ""}})]),
    "static_labels": (plain_line, [], [("static_labels", {"values": {"a": "b"}})]),
    "label_drop": (plain_line, [], [("label_drop", {"values": ["filename"]})]),
    "structured_metadata": (plain_line, EXTRACT, [("structured_metadata", {"values": {"msg": "", "path": ""}})]),
    "regex": (plain_line, [], [("regex", {"expression": r'"level":"(?P<level>\w+)","msg":"(?P<msg>[^"]*)"'})]),
    "replace": (plain_line, [], [("replace", {"expression": r'"password":"([^"]+)"', "replace": "***"})]),
    "replace: no match": (plain_line, [], [("replace", {"expression": r'"token":"([^"]+)"', "replace": "***"})]),
    "match: filter": (plain_line, [], [("match", {"selector": '{job="t"} |= "error"', "action": "drop"})]),
    "drop: expression": (plain_line, [], [("drop", {"expression": "debug|trace"})]),
    "drop: value": (plain_line, EXTRACT, [("drop", {"source": "level", "value": "debug"})]),
    "timestamp: RFC3339": (time_line, [("json", {"expressions": {"t": ""}})], [("timestamp", {"source": "t", "format": "RFC3339"})]),
    "timestamp: Unix": (time_line, [("json", {"expressions": {"u": ""}})], [("timestamp", {"source": "u", "format": "Unix"})]),
    "output": (plain_line, EXTRACT, [("output", {"source": "msg"})]),
    "template: level": (plain_line, EXTRACT, [("template", {"source": "level", "template": "{{ ToUpper .Value }}"})]),
    "template: each line": (plain_line, EXTRACT, [("template", {"source": "o", "template": "{{ .level }}: {{ .msg }}"})]),
    "multiline: one line each": (plain_line, [], [("multiline", {"firstline": "^[{]"})]),
    "multiline: stack traces": (trace_line, [], [("multiline", {"firstline": "^[{]"})]),
    "logfmt: two keys": (logfmt_line, [], [("logfmt", {"mapping": {"level": "", "msg": ""}})]),
    "decolorize": (plain_line, [], [("decolorize", {})]),
    "pack": (plain_line, [], [("pack", {"labels": ["pod", "container"]})]),
    "chain: json": (cri_line, [], JSON),
    "chain: preset": (cri_line, [], PRESET),
}  # fmt: skip


def batch(line: Callable[[int], bytes], entries: int) -> LogBatch:
    streams = tuple(
        Labels(
            {
                "job": "t",
                "namespace": "shop",
                "container": "web",
                "tmp_container_runtime": "containerd",
                "pod": f"web-{i}",
                "service_instance_id": f"shop.web-{i}.web",
                "filename": f"/var/log/pods/{i}/0.log",
            }
        )
        for i in range(FILES)
    )
    return LogBatch(
        streams=streams,
        stream=np.repeat(np.arange(FILES, dtype=np.int32), -(-entries // FILES))[:entries],
        timestamp=np.arange(entries, dtype=np.int64),
        line=pa.array([line(i) for i in range(entries)], pa.binary()),
        delivery=Delivery(),
    )


def context() -> Context:
    return Context(Account("bench", lambda: 0), CollectorRegistry(), logging.getLogger("bench"))


def measure(name: str, entries: int, seconds: float) -> float:
    """Microseconds a batch, the best of several rounds; what a stage leaves for later is asked for, too."""
    line, before, stages = CASES[name]
    own = context()
    prepared, measured = Pipeline(before, own), Pipeline(stages, own)
    frame = prepared.process(Frame.of(batch(line, entries)))
    best, until = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < until:
        start = time.perf_counter()
        done = measured.process(frame)
        if "chain" not in name:
            _settled(done)
        best = min(best, time.perf_counter() - start)
    return best * 1e6


def _settled(frame: Frame) -> Any:
    return [frame.extracted.get(name) for name in ("level", "msg", "path")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=5000, help="lines a batch")
    parser.add_argument("--seconds", type=float, default=0.5, help="time for each case")
    parser.add_argument("--only", nargs="*", default=[], help="cases whose names hold one of these words")
    arguments = parser.parse_args()
    print(f"{'':24} {'µs a line':>10} {'µs a batch':>11}")
    for name in CASES:
        if not arguments.only or any(word in name for word in arguments.only):
            took = measure(name, arguments.lines, arguments.seconds)
            print(f"{name:24} {took / arguments.lines:10.3f} {took:11.0f}")


if __name__ == "__main__":
    main()
