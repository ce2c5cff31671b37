"""A component asks the API server for what no role allows.

*What it finds*: with the roles at hand (`--rbac FILE`), each verb on a resource that a component uses and that they do not grant,
in the namespaces in which it is used. Where the file holds bindings, values count only those to their service account.

*Why it hurts*: the API server answers 403. The component finds nothing or sends nothing, and the rest of the pod runs as if all
were well.

*Example*:

```alloy rbac=pods:list
discovery.kubernetes "pods" {
        role = "pod"
}

loki.source.kubernetes "pods" {
        targets    = discovery.kubernetes.pods.targets
        forward_to = [loki.echo.out.receiver]
}

loki.echo "out" { }
```

*Use instead*:

```alloy rbac=pods:get,list,watch;pods/log:get
discovery.kubernetes "pods" {
        role = "pod"
}

loki.source.kubernetes "pods" {
        targets    = discovery.kubernetes.pods.targets
        forward_to = [loki.echo.out.receiver]
}

loki.echo "out" { }
```
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from compiler.deploy.permissions import Permission, described, permissions
from compiler.diagnostics import Fact
from compiler.graph.model import Node
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule


@dataclass(frozen=True)
class PermissionMissing(Fact, code="KM705"):
    __doc__ = __doc__

    id: str
    missing: tuple[str, ...]

    def message(self) -> str:
        return f"no role grants what `{self.id}` asks for: {', '.join(f'`{one}`' for one in self.missing)}"

    def help(self) -> str:
        return "add it to a role, or print the roles by `kmon render --format manifests`"


@rule(PermissionMissing)
def check(module: Module, report: Report) -> None:
    granted = module.place.cluster.granted
    if granted is None or module.name:
        return  # what stands in modules counts for the configuration
    missing: dict[str, list[Permission]] = defaultdict(list)
    nodes: dict[str, Node] = {}
    for one, node in permissions(module.graph).items():
        if not granted.covers(one):
            missing[node.id].append(one)
            nodes[node.id] = node
    for id, found in missing.items():
        report(PermissionMissing(id, described(found)), nodes[id].block.head)
