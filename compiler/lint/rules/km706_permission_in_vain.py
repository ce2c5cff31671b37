"""A role allows what no component asks for.

*What it finds*: with the roles at hand (`--rbac FILE`), each verb on a resource that none of the configurations uses, that is
granted in all namespaces and used in some, or on all objects and used on some. Of values that is known for each service account.

*Why it hurts*: whoever gets into the pod has these permissions, too. Secrets of the whole cluster are the usual case.

*Example*:

```alloy rbac=events:list,watch;secrets:get,list,watch
loki.source.kubernetes_events "all" {
        forward_to = [loki.echo.out.receiver]
}

loki.echo "out" { }
```

*Use instead*:

```alloy rbac=events:list,watch
loki.source.kubernetes_events "all" {
        forward_to = [loki.echo.out.receiver]
}

loki.echo "out" { }
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.deploy.permissions import permissions
from compiler.diagnostics import Fact, Severity
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule


@dataclass(frozen=True)
class PermissionInVain(Fact, code="KM706", severity=Severity.WARNING):
    __doc__ = __doc__

    kind: str
    """What is in vain: none of it is used (`none`), or less than all namespaces (`namespace`) or objects (`name`)."""
    what: tuple[str, ...]
    only: tuple[str, ...]

    def message(self) -> str:
        what = ", ".join(f"`{one}`" for one in self.what)
        only = ", ".join(f"`{one}`" for one in self.only)
        match self.kind:
            case "namespace":
                return f"{what} is granted in all namespaces and used in {only} only"
            case "name":
                return f"{what} is granted on all objects and used on {only} only"
            case _:
                return f"nothing uses {what}"

    def help(self) -> str:
        match self.kind:
            case "namespace":
                return "grant it by a Role and a RoleBinding in the namespace"
            case "name":
                return f"write `resourceNames: [{', '.join(self.only)}]`"
            case _:
                return "remove it from the rule"


@rule(PermissionInVain)
def check(module: Module, report: Report) -> None:
    cluster = module.place.cluster
    if cluster.granted is None or cluster.needed is None or module.name or module.broken:
        return
    own = frozenset(permissions(module.graph))
    for grant in cluster.granted.grants:
        needed = own.union(*(some for account, some in cluster.needed.items() if grant.binds(account)))
        for excess in grant.excess(needed):
            report(PermissionInVain(excess.kind, excess.what, excess.only), grant.span)
