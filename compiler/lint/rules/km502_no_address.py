"""Targets are scraped that have no address.

*What it finds*: `prometheus.scrape` or `pyroscope.scrape` behind targets on which nothing sets `__address__`, such as those that
were made for reading files.

*Why it hurts*: each of them is dropped, and the component is healthy.

*Example*:

```alloy
prometheus.scrape "app" {
        targets    = [{"address" = "app:8080"}]
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
prometheus.scrape "app" {
        targets    = [{"__address__" = "app:8080"}]
        forward_to = [prometheus.remote_write.default.receiver]
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

from compiler.diagnostics import Fact
from compiler.graph.read import attribute
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule


@dataclass(frozen=True)
class NoAddress(Fact, code="KM502"):
    __doc__ = __doc__

    id: str

    def message(self) -> str:
        return f"`{self.id}` scrapes targets on which nothing sets `__address__`"

    def help(self) -> str:
        return 'write `"__address__" = "host:port"`, or add a rule with `target_label = "__address__"`'


@rule(NoAddress)
def check(module: Module, report: Report) -> None:
    for node in module.of_type("prometheus.scrape", "pyroscope.scrape"):
        found = attribute(node.block, "targets")
        if found is None or module.flow.empty(found.value):
            continue
        if not module.flow.list_of_targets(found.value).labels.can("__address__"):
            report(NoAddress(node.id), found.value.span)
