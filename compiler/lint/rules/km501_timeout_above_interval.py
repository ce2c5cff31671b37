"""A scrape may take longer than the time between two scrapes.

*What it finds*: a `scrape_timeout` above the `scrape_interval`. The defaults count: 10s and 1m.

*Why it hurts*: Alloy refuses to start with it, and `alloy validate` does not say so.

*Example*:

```alloy
prometheus.scrape "app" {
        targets         = [{"__address__" = "app:8080"}]
        forward_to      = [prometheus.remote_write.default.receiver]
        scrape_interval = "5s"
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
        targets         = [{"__address__" = "app:8080"}]
        forward_to      = [prometheus.remote_write.default.receiver]
        scrape_interval = "5s"
        scrape_timeout  = "5s"
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
from compiler.graph.read import attribute, duration
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule


@dataclass(frozen=True)
class TimeoutAboveInterval(Fact, code="KM501"):
    __doc__ = __doc__

    timeout: str
    interval: str

    def message(self) -> str:
        return f"`scrape_timeout` ({self.timeout}) is above `scrape_interval` ({self.interval})"

    def help(self) -> str:
        return f'write `scrape_timeout = "{self.interval}"`, or a longer interval'


@rule(TimeoutAboveInterval)
def check(module: Module, report: Report) -> None:
    for node in module.of_type("prometheus.scrape"):
        interval, timeout = duration(node.block, "scrape_interval", "1m"), duration(node.block, "scrape_timeout", "10s")
        if interval is None or timeout is None or timeout <= interval:
            continue
        place = attribute(node.block, "scrape_timeout") or attribute(node.block, "scrape_interval")
        report(TimeoutAboveInterval(str(timeout), str(interval)), place.value.span if place else node.block.head)
