"""The names in a case: what `${DIR}`, `${SINK}` and their like stand for in one run, forth and back."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Names"]

_NAME = re.compile(r"\$\{(DIR|SINK|PORT_A|PORT_B|WEB|KUBECONFIG|API_SERVER|API_TOKEN|NS)\}")
_NOW = re.compile(r"\$\{NOW_NS([+-][0-9.]+)?\}")
_SECOND = 10**9


@dataclass(slots=True)
class Names:
    """`${NOW_NS-1}` is one second before `start`, in nanoseconds; read back it is `NOW-1`. `cluster` are the names of
    `Objects`."""

    folder: str
    sink: str
    ports: tuple[int, int]
    web: str = ""
    cluster: Mapping[str, str] = field(default_factory=dict)
    start: int = field(default_factory=lambda: int(time.time()) * _SECOND)
    _moments: dict[int, str] = field(default_factory=dict)

    def fill(self, text: str) -> str:
        values = {
            "DIR": self.folder,
            "SINK": f"http://{self.sink}",
            "PORT_A": str(self.ports[0]),
            "PORT_B": str(self.ports[1]),
            "WEB": self.web,
            **self.cluster,
        }
        return _NAME.sub(lambda match: values[match[1]], _NOW.sub(self._moment, text))

    def restore(self, text: str) -> str:
        if text == socket.gethostname():
            return "${HOSTNAME}"
        text = text.replace(self.folder, "${DIR}").replace(f"http://{self.sink}", "${SINK}")
        text = text.replace(self.sink, "${SINK_HOST}")
        for name, value in {"WEB": self.web, "NS": self.cluster.get("NS", "")}.items():
            text = text.replace(value, f"${{{name}}}") if value else text
        return text

    def moment(self, nanoseconds: int) -> int | str:
        """`NOW…` for a time that was handed out, `now` for one within ten minutes of this run, else the number."""
        if nanoseconds in self._moments:
            return self._moments[nanoseconds]
        return "now" if abs(nanoseconds - time.time_ns()) < 600 * _SECOND else nanoseconds

    def _moment(self, match: re.Match[str]) -> str:
        value = self.start + int(float(match[1] or 0) * _SECOND)
        self._moments[value] = f"NOW{match[1] or ''}"
        return str(value)
