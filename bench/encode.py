"""Cost of encoding a batch of log lines and compressing it: `python bench/encode.py [--lines 5000] [--bytes 220]
[--streams 4]`.

Prints CPU microseconds a line: encode, assemble, snappy, all; without and with structured metadata.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import pyarrow as pa
import snappy

from runtime.signals.columns import Coded, Column, Text
from runtime.signals.delivery import Delivery
from runtime.signals.labels import Labels
from runtime.signals.logs import LogBatch
from runtime.wire.loki_encode import Encoded, encode, push_request, stream_text


def make(lines: int, size: int, streams: int, metadata: bool) -> LogBatch:
    random = np.random.default_rng(1)
    sets = tuple(Labels({"namespace": "default", "pod": f"api-{i}", "level": "info"}) for i in range(streams))
    pad = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore " * 20
    texts = [
        f'{{"level":"info","n":{i},"id":"{random.integers(1 << 60):x}","msg":"{pad}'[: size - 2] + '"}'
        for i in range(lines)
    ]
    columns: dict[str, Column] = {}
    if metadata:
        columns["container"] = Coded(("api", "sidecar"), random.integers(0, 2, lines).astype(np.int32))
        columns["trace_id"] = Text(
            pa.array([f"{random.integers(1 << 60):032x}".encode() for _ in range(lines)], pa.binary())
        )
    return LogBatch(
        sets,
        np.sort(random.integers(0, streams, lines)).astype(np.int32) if streams > 1 else np.zeros(lines, np.int32),
        1_700_000_000_000_000_000 + np.cumsum(random.integers(0, 1_000_000, lines)),
        pa.array([text.encode() for text in texts], pa.binary()),
        Delivery(),
        columns,
    )


def cost(work: Callable[[], object], lines: int, rounds: int = 100) -> float:
    work()
    begin = time.process_time()
    for _ in range(rounds):
        work()
    return (time.process_time() - begin) / rounds / lines * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=5000)
    parser.add_argument("--bytes", type=int, default=220)
    parser.add_argument("--streams", type=int, default=4)
    options = parser.parse_args()
    texts: dict[Labels, tuple[str | None, bytes]] = {}

    def target(labels: Labels) -> tuple[str | None, bytes]:
        if labels not in texts:
            texts[labels] = (None, stream_text(labels))
        return texts[labels]

    def assemble(encoded: Encoded) -> bytes:
        return push_request((group.labels, [encoded.slice(group.start, group.end)]) for group in encoded.groups)

    for metadata in (False, True):
        batch = make(options.lines, options.bytes, options.streams, metadata)
        encoded = encode(batch, target)
        raw = assemble(encoded)
        works: dict[str, Callable[[], object]] = {
            "encode": partial(encode, batch, target),
            "assemble": partial(assemble, encoded),
            "snappy": partial(snappy.compress, raw),
        }
        steps = {name: cost(work, options.lines) for name, work in works.items()}
        steps["all"] = sum(steps.values())
        shown = "  ".join(f"{name} {micros:.3f}" for name, micros in steps.items())
        print(f"{'with' if metadata else 'no'} metadata: µs a line: {shown}  ({len(raw)} bytes raw)")


if __name__ == "__main__":
    main()
