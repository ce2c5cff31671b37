"""The URL of a destination that is none.

*What it finds*: a URL without a scheme (`loki:3100/…`), with another one than `http` and `https`, without a host, or with
characters that cannot stand in it.

*Why it hurts*: `loki:3100` is read as the scheme `loki`: the configuration loads, and every request fails.

*Example*:

```alloy
loki.source.api "in" {
        forward_to = [loki.write.default.receiver]
}

loki.write "default" {
        endpoint {
                url = "loki:3100/loki/api/v1/push"
        }
}
```

*Use instead*:

```alloy
loki.source.api "in" {
        forward_to = [loki.write.default.receiver]
}

loki.write "default" {
        endpoint {
                url = "http://loki:3100/loki/api/v1/push"
        }
}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from compiler.check.formats import url_fault
from compiler.diagnostics import Fact
from compiler.graph.model import Node
from compiler.graph.read import attribute, blocks, text
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.syntax.tree import Block

_URL = re.compile(r"(?i)(https?)://([^/?#]*).*", re.DOTALL)
_PLACES = {
    "loki.write": ("endpoint", "url"),
    "prometheus.remote_write": ("endpoint", "url"),
    "pyroscope.write": ("endpoint", "url"),
    "discovery.http": ("", "url"),
    "remote.http": ("", "url"),
    "mimir.rules.kubernetes": ("", "address"),
    "loki.rules.kubernetes": ("", "address"),
    "otelcol.auth.oauth2": ("", "token_url"),
}
_OF_SIGNALS = ("traces_endpoint", "metrics_endpoint", "logs_endpoint")
"""Of `otelcol.exporter.otlphttp`: with one of them, nothing of its signal is sent to the `endpoint` of `client`."""


@dataclass(frozen=True)
class Url(Fact, code="KM820"):
    __doc__ = __doc__

    url: str
    problem: str
    instead: str

    def message(self) -> str:
        return f"`{self.url}` is no URL to send to: {self.problem}"

    def help(self) -> str:
        return f"write `{self.instead}`"


@rule(Url)
def check(module: Module, report: Report) -> None:
    for node in module.of_type(*_PLACES, "otelcol.exporter.otlphttp"):
        for owner, name in _places(node):
            place, url = attribute(owner, name), text(owner, name)
            if place is not None and url is not None and (problem := _problem(url)):
                bare = re.sub(r"^\w*:?//", "", url).lstrip(":/") or "host:port/path"
                report(Url(url, problem, f"http://{bare}"), place.value.span)


def _places(node: Node) -> Iterator[tuple[Block, str]]:
    """The attributes in which a URL stands."""
    if node.type == "otelcol.exporter.otlphttp":
        given = [(node.block, name) for name in _OF_SIGNALS if attribute(node.block, name) is not None]
        yield from given or [(client, "endpoint") for client in blocks(node.block, "client")]
        return
    inner, name = _PLACES[node.type]
    for owner in blocks(node.block, inner) if inner else [node.block]:
        yield owner, name


def _problem(url: str) -> str | None:
    if not url:
        return "it is empty"
    if (fault := url_fault(url)) is not None:
        return fault
    parts = _URL.fullmatch(url)
    if parts is None:
        return "it does not begin with `http://` or `https://`"
    return None if parts[2].rpartition("@")[2].split(":")[0] else "the host is missing"
