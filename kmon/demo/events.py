"""The events of the demo's cluster: an inventory file that new ones keep coming to."""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kmon.demo.node import Container
from kmon.demo.tally import EVENTS, Tally

__all__ = ["EventWriter"]

_KEPT = 200
"""The API server, too, keeps events for a while only."""
_HAPPENINGS = (
    ("Normal", "Scheduled", "default-scheduler", "Successfully assigned {namespace}/{pod} to demo-node"),
    ("Normal", "Pulled", "kubelet", 'Container image "registry.example/{name}:1.0" already present on machine'),
    ("Normal", "Started", "kubelet", "Started container {name}"),
    ("Warning", "Unhealthy", "kubelet", "Readiness probe failed: HTTP probe failed with statuscode: 503"),
    ("Warning", "BackOff", "kubelet", "Back-off restarting failed container {name} in pod {pod}"),
)


@dataclass(slots=True)
class EventWriter:
    """Writes `rate` events a second into `file`."""

    file: Path
    containers: list[Container]
    tally: Tally
    rate: float = 2.0
    seed: int = 1
    _events: list[dict[str, Any]] = field(init=False, default_factory=list)
    _number: int = field(init=False, default=0)
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        self._write()

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            self._happen()
            await asyncio.sleep(1 / self.rate)

    def _happen(self) -> None:
        self._number += 1
        container = self._chance.choice(self.containers)
        kind, reason, component, text = self._chance.choice(_HAPPENINGS)
        words = {"namespace": container.namespace, "pod": container.pod, "name": container.name}
        message = f"{text.format(**words)} seq={self._number}"
        self._events.append(_event(container, self._number, kind, reason, component, message))
        del self._events[:-_KEPT]
        self.tally.wrote(EVENTS, self._number, re.sub(r'(["\\])', r"\\\1", message).encode())
        self._write()

    def _write(self) -> None:
        fresh = self.file.with_suffix(".new")
        fresh.write_text(json.dumps({"apiVersion": "v1", "kind": "EventList", "items": self._events}), encoding="utf-8")
        fresh.replace(self.file)


def _event(container: Container, number: int, kind: str, reason: str, component: str, message: str) -> dict[str, Any]:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {
        "metadata": {
            "name": f"{container.pod}.{number:016x}",
            "namespace": container.namespace,
            "resourceVersion": str(number),
        },
        "involvedObject": {
            "apiVersion": "v1",
            "kind": "Pod",
            "name": container.pod,
            "namespace": container.namespace,
            "fieldPath": f"spec.containers{{{container.name}}}",
        },
        "type": kind,
        "reason": reason,
        "message": message,
        "count": 1,
        "firstTimestamp": now,
        "lastTimestamp": now,
        "source": {"component": component, "host": "demo-node"},
        "reportingComponent": component,
    }
