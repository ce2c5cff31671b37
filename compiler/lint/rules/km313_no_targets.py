"""A component that reads an empty list of targets.

*What it finds*: `targets = []`, or another list of targets that is written out and empty.

*Why it hurts*: nothing is read or scraped, and the component is healthy.

*Example*:

```alloy
prometheus.scrape "app" {
        targets    = []
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

from compiler.diagnostics import Fact, Severity
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule


@dataclass(frozen=True)
class NoTargets(Fact, code="KM313", severity=Severity.WARNING):
    __doc__ = __doc__

    id: str
    name: str

    def message(self) -> str:
        return f"`{self.name}` of `{self.id}` is empty: there is nothing to read"

    def help(self) -> str:
        return f"name a list in `{self.name}`, such as `discovery.kubernetes.pods.targets`, or remove the component"


@rule(NoTargets)
def check(module: Module, report: Report) -> None:
    for node in module.graph.nodes.values():
        # A discovery.relabel that is there for its rules has no targets on purpose.
        if any(use.path[:1] == ("rules",) for use in module.uses[node.id]):
            continue
        for found in node.block.body.attributes:
            schema = node.schema.body.attributes.get(found.name.text)
            if (
                schema is not None
                and schema.required
                and schema.type == "list(target)"
                and module.flow.empty(found.value)
            ):
                report(NoTargets(node.id, found.name.text), found.value.span)
