"""A destination whose URL belongs to another protocol.

*What it finds*: the address for Loki pushes in `prometheus.remote_write`, that of OTLP in `loki.write`, and so on; the
address of a Grafana data source or of queries where telemetry is sent; a gateway of Grafana Cloud for OTLP without its path
`/otlp`.

*Why it hurts*: the server answers with 404 or 400 and everything is dropped, or Grafana answers with a page of its own and
status 200, and everything is gone without an error.

*Example*:

```alloy
loki.source.api "in" {
        forward_to = [loki.write.default.receiver]
}

loki.write "default" {
        endpoint {
                url = "https://me.grafana.net/api/datasources/proxy/1/loki/api/v1/push"
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
                url = "https://logs-prod-eu-west-0.grafana.net/loki/api/v1/push"
        }
}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from compiler.diagnostics import Fact, Severity
from compiler.graph.read import attribute, blocks, text
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.syntax.tree import Block


class _Kind(NamedTuple):
    """A form of URL and what answers there; `component` writes to it, if anything does."""

    form: re.Pattern[str]
    what: str
    component: str


_PATH = r"(?i)https?://[^/?#]+[^?#]*"
_KINDS = (
    _Kind(
        re.compile(_PATH + r"/api/datasources/(?:proxy|uid)/.*"),
        "is a data source of Grafana, which answers queries",
        "",
    ),
    _Kind(re.compile(_PATH + r"/api/v1/(?:query|query_range|labels|series)/?"), "answers queries", ""),
    _Kind(re.compile(_PATH + r"/loki/api/v1/push/?"), "takes Loki pushes", "loki.write"),
    _Kind(re.compile(_PATH + r"/api/v1/(?:push|write)/?"), "takes Prometheus remote write", "prometheus.remote_write"),
    _Kind(re.compile(_PATH + r"/(?:otlp|v1/(?:traces|metrics|logs))/?"), "takes OTLP", "otelcol.exporter.otlphttp"),
)
_GATEWAY = re.compile(r"(?i)https://otlp-gateway-[^/]+\.grafana\.net/?")
_PLACES = {
    "loki.write": ("endpoint", ("url",)),
    "prometheus.remote_write": ("endpoint", ("url",)),
    "otelcol.exporter.otlphttp": ("client", ("endpoint",)),
}
_OF_SIGNALS = ("traces_endpoint", "metrics_endpoint", "logs_endpoint")


@dataclass(frozen=True)
class UrlOfSomethingElse(Fact, code="KM823", severity=Severity.WARNING):
    __doc__ = __doc__

    url: str
    what: str
    todo: str

    def message(self) -> str:
        return f"`{self.url}` {self.what}"

    def help(self) -> str:
        return self.todo


@rule(UrlOfSomethingElse)
def check(module: Module, report: Report) -> None:
    for node in module.of_type(*_PLACES):
        for owner, name in _written(node.block, *_PLACES[node.type]):
            place, url = attribute(owner, name), text(owner, name)
            if place is not None and url and (found := _problem(node.type, url)) is not None:
                report(UrlOfSomethingElse(url, *found), place.value.span)


def _written(block: Block, inner: str, names: tuple[str, ...]) -> Iterator[tuple[Block, str]]:
    for owner in blocks(block, inner):
        for name in names:
            yield owner, name
    for name in _OF_SIGNALS:
        yield block, name


def _problem(component: str, url: str) -> tuple[str, str] | None:
    if component == "otelcol.exporter.otlphttp" and _GATEWAY.fullmatch(url):
        return "has no path, and this gateway takes OTLP below `/otlp`", f"write `{url.rstrip('/')}/otlp`"
    kind = next((one for one in _KINDS if one.form.fullmatch(url)), None)
    if kind is None or kind.component == component:
        return None
    if not kind.component:
        return f"{kind.what}, and takes no telemetry", "write the address of the server itself for writing"
    return (
        f"{kind.what}, which `{component}` does not speak",
        f"use `{kind.component}`, or write the address for `{component}`",
    )
