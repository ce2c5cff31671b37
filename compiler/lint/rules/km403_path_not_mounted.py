"""A file that is not there: no mount of the workload holds its path.

*What it finds*: a `__path__` outside of every folder that is mounted into the container.

*Why it hurts*: the file exists on the node and not in the container: nothing is read and no error is logged.

*Example*:

```alloy workload=daemonset mounts=/var/log
local.file_match "docker" {
        path_targets = [{"__path__" = "/srv/app/*.log", "job" = "app", "host" = "a"}]
}

loki.source.file "docker" {
        targets    = local.file_match.docker.targets
        forward_to = [loki.echo.out.receiver]
}

loki.echo "out" { }
```

*Use instead*:

```alloy workload=daemonset mounts=/var/log,/srv/app
local.file_match "docker" {
        path_targets = [{"__path__" = "/srv/app/*.log", "job" = "app", "host" = "a"}]
}

loki.source.file "docker" {
        targets    = local.file_match.docker.targets
        forward_to = [loki.echo.out.receiver]
}

loki.echo "out" { }
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity, Span
from compiler.graph.read import attribute
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule


@dataclass(frozen=True)
class PathNotMounted(Fact, code="KM403", severity=Severity.WARNING):
    __doc__ = __doc__

    path: str
    mounts: tuple[str, ...]

    def message(self) -> str:
        return f"no mount of the workload holds `{self.path}`"

    def help(self) -> str:
        have = ", ".join(f"`{mount}`" for mount in self.mounts)
        return (
            f"mount its folder; there {'are' if len(self.mounts) > 1 else 'is'} {have}" if have else "mount its folder"
        )


@rule(PathNotMounted)
def check(module: Module, report: Report) -> None:
    if module.place.mounts is None:
        return
    for node in module.of_type("loki.source.file", "local.file_match"):
        found = attribute(node.block, "targets" if node.type == "loki.source.file" else "path_targets")
        if found is None:
            continue
        if node.type == "loki.source.file" and any(
            module.graph.nodes[one.target].type == "local.file_match" for one in node.references
        ):
            continue  # said at the component that lists the files
        for path in module.flow.list_of_targets(found.value).paths:
            _look(path.text, path.span, module, report)


def _look(path: str, span: Span, module: Module, report: Report) -> None:
    if path.startswith("/") and module.place.mounted(path) is False:
        report(PathNotMounted(path, module.place.mounts or ()), span)
