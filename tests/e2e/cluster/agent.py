"""`kmon run` that reads a cluster: what it says about itself, and one that believes to run in a pod."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.e2e.delivery import rig
from tests.e2e.delivery.rig import imbalances, samples

__all__ = ["Agent", "InPod", "eventually", "loki_write", "restarts"]

PATIENCE_SECONDS = 120.0
"""How long a loaded machine may take; nobody waits so long otherwise."""
_MAIN = """
import sys
from pathlib import Path
from runtime.backoff import Backoff
from runtime.components.loki.source import _container_log
from runtime.kubernetes import credentials, pages, reflector
reflector._BACKOFF = _container_log._BACKOFF = Backoff(0.05, 1.0)
pages.PAGE = 50
credentials.SERVICE_ACCOUNT = Path(sys.argv.pop(1))
from kmon.cli import main
main()
"""
"""Who is refused asks again soon, pages are small, and the files of a pod's service account are where a test has them."""


def eventually(condition: Callable[[], object], what: str = "it") -> None:
    rig.eventually(lambda: bool(condition()), PATIENCE_SECONDS, what)


def restarts(agent: Agent, end: signal.Signals, progress: Callable[[], object]) -> list[float]:
    """Ends the process three times, at random moments after some `progress`, and starts it again. The monotonic times of its ends."""
    ends = []
    for _ in range(3):
        progress()
        time.sleep(random.uniform(0, 0.3))
        if end == signal.SIGKILL:
            agent.kill()
        else:
            agent.stop()
        ends.append(time.monotonic())
        agent.start()
    return ends


def loki_write(url: str) -> str:
    return f"""
loki.write "sink" {{
  endpoint {{
    url                = "{url}/loki/api/v1/push"
    batch_wait         = "50ms"
    min_backoff_period = "50ms"
    max_backoff_period = "500ms"
  }}
}}
"""


class Agent(rig.Agent):
    """Started, it has loaded its configuration and listens. `account` holds the files of a service account."""

    def __init__(
        self,
        folder: Path,
        config: str,
        *options: str,
        environment: Mapping[str, str] | None = None,
        account: Path | None = None,
    ) -> None:
        super().__init__(folder, config, *options, environment=environment)
        run = self._command.index("run")
        self._command = [sys.executable, "-c", _MAIN, str(account or folder / "no-account"), *self._command[run:]]

    def start(self, *, wait: bool = True) -> None:
        super().start()
        if wait:
            self.wait_for("configuration loaded", PATIENCE_SECONDS)

    def component(self, id: str) -> Any:
        return json.loads(self.get(f"/api/v0/web/components/{id}"))

    def health(self, id: str) -> tuple[str, str]:
        """State and message."""
        found = self.component(id)["health"]
        return found["state"], found["message"]

    def records(self, id: str, **labels: str) -> int:
        """Of `kmon_records_total`."""
        wanted = {"component_id": id, **labels}.items()
        found = samples(self.metrics(), "kmon_records_total")
        return int(sum(value for names, value in found.items() if wanted <= dict(names).items()))

    def cpu_seconds(self) -> float:
        """In all threads, since it was started."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def connections(self) -> int:
        """Open sockets, the listening one among them."""
        files = Path(f"/proc/{self.pid}/fd").iterdir()
        return sum(str(file.readlink()).startswith("socket:") for file in files)

    @property
    def balanced(self) -> bool:
        return imbalances(self.metrics()) == {}


class InPod(Agent):
    """Runs `values` as a pod of the service account whose files are in `account` does."""

    def __init__(self, folder: Path, values: str, account: Path, server: str, *options: str) -> None:
        host, _, port = server.removeprefix("https://").partition(":")
        environment = {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port}
        super().__init__(folder, "", *options, environment=environment, account=account)
        file = folder / "values.yaml"
        file.write_text(values)
        self._command[self._command.index("run") + 1] = str(file)
