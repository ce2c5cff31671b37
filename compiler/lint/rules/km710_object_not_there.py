"""A Secret or a ConfigMap is named that is not there.

*What it finds*: with the objects at hand (`--objects FILE`), each Secret and ConfigMap that a component reads by its name, or
that the pod has as a volume or as variables, and that is not among them.

*Why it hurts*: a pod that names one does not start. A component that reads one waits for it, and with it all that refers to the
component, such as the destination whose password it holds.

*Example*:

```alloy workload=deployment objects=Secret/monitoring/loki-credentials
loki.source.api "in" {
        forward_to = [loki.write.default.receiver]
}

remote.kubernetes.secret "loki" {
        namespace = "monitoring"
        name      = "loki"
}

loki.write "default" {
        endpoint {
                url          = "https://loki:3100/loki/api/v1/push"
                bearer_token = remote.kubernetes.secret.loki.data["token"]
        }
}
```

*Use instead*:

```alloy workload=deployment objects=Secret/monitoring/loki-credentials
loki.source.api "in" {
        forward_to = [loki.write.default.receiver]
}

remote.kubernetes.secret "loki" {
        namespace = "monitoring"
        name      = "loki-credentials"
}

loki.write "default" {
        endpoint {
                url          = "https://loki:3100/loki/api/v1/push"
                bearer_token = remote.kubernetes.secret.loki.data["token"]
        }
}
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.deploy.named import named_by_rule
from compiler.deploy.permissions import permissions, place_name
from compiler.diagnostics import Fact, Severity, Span, did_you_mean
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule


@dataclass(frozen=True)
class ObjectNotThere(Fact, code="KM710", severity=Severity.WARNING):
    __doc__ = __doc__

    kind: str
    namespace: str
    name: str
    known: tuple[str, ...]
    """The names of those that are there."""

    def message(self) -> str:
        where = f"`{self.namespace}`" if self.namespace == place_name(self.namespace) else place_name(self.namespace)
        return f"there is no {self.kind} `{self.name}` in {where}"

    def help(self) -> str:
        near = did_you_mean(self.name, self.known)
        return f"did you mean `{near}`?" if near else f"make the {self.kind} before, or name another one"


@rule(ObjectNotThere)
def check(module: Module, report: Report) -> None:
    place = module.place
    there = place.cluster.objects
    if there is None or module.name:
        return  # what stands in modules counts for the configuration
    start = Span(module.files[0].source, 0, 0)
    wanted = {one: span or start for one, span in place.names.items()}
    for permission, node in permissions(module.graph).items():
        if (one := named_by_rule(permission)) is not None:
            wanted.setdefault(one, node.block.head)
    for one, span in wanted.items():
        if not one.is_among(there):
            known = tuple(sorted(other.name for other in there if other.kind == one.kind))
            report(ObjectNotThere(one.kind, one.namespace, one.name, known), span)
