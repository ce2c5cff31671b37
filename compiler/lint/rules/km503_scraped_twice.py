"""The same targets are scraped twice.

*What it finds*: two `prometheus.scrape` components with the same list of targets, scheme, path and parameters.

*Why it hurts*: each target answers twice as often as it has to, and each sample arrives twice: as two series where the jobs differ,
as duplicates that are refused where they do not.

*Example*:

```alloy
prometheus.scrape "a" {
        targets    = [{"__address__" = "app:8080"}]
        forward_to = [prometheus.remote_write.default.receiver]
}

prometheus.scrape "b" {
        targets    = [{"__address__" = "app:8080"}]
        forward_to = [prometheus.remote_write.default.receiver]
}

prometheus.remote_write "default" {
        endpoint {
                url = "http://mimir:9009/api/v1/push"
        }
}
```

*Use instead*:

```alloy
prometheus.scrape "a" {
        targets    = [{"__address__" = "app:8080"}]
        forward_to = [prometheus.remote_write.default.receiver]
}

prometheus.scrape "b" {
        targets      = [{"__address__" = "app:8080"}]
        metrics_path = "/internal/metrics"
        forward_to   = [prometheus.remote_write.default.receiver]
}

prometheus.remote_write "default" {
        endpoint {
                url = "http://mimir:9009/api/v1/push"
        }
}
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Note, Severity
from compiler.graph.model import Node
from compiler.lint.module import Module
from compiler.lint.read import attribute
from compiler.lint.registry import Report, rule

_WHAT = ("targets", "scheme", "metrics_path", "params")


@dataclass(frozen=True)
class ScrapedTwice(Fact, code="KM503", severity=Severity.WARNING):
    __doc__ = __doc__

    other: str

    def message(self) -> str:
        return f"`{self.other}` scrapes the same targets"

    def help(self) -> str:
        return "remove one of the two, and send the samples of the other to both receivers"


@rule(ScrapedTwice)
def check(module: Module, report: Report) -> None:
    seen: dict[tuple[str, ...], Node] = {}
    for node in module.of_type("prometheus.scrape"):
        found = attribute(node.block, "targets")
        if found is None or module.flow.empty(found.value):
            continue
        first = seen.setdefault(_what(node), node)
        if first is not node:
            report(ScrapedTwice(first.id), node.block.head, Note("the first one", first.block.head))


def _what(node: Node) -> tuple[str, ...]:
    """The text of all that says what is scraped, without its layout."""
    found = [attribute(node.block, name) for name in _WHAT]
    spans = [one.value.span if one is not None else None for one in found]
    return tuple("".join(span.source.text[span.start : span.end].split()) if span is not None else "" for span in spans)
