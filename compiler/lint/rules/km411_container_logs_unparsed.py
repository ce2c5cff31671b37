"""The logs of containers are sent without being parsed.

*What it finds*: lines of `/var/log/pods` or `/var/log/containers` that reach `loki.write` without passing `stage.cri` or
`stage.docker`.

*Why it hurts*: each line keeps its head (`2026-01-01T00:00:00Z stdout F`), long lines arrive in pieces, and the time is that
of reading. What looks into the line behind it, such as JSON, finds nothing.

*Example*:

```alloy
local.file_match "pods" {
        path_targets = [{"__path__" = "/var/log/pods/*/*/*.log", "host" = constants.hostname}]
}

loki.source.file "pods" {
        targets    = local.file_match.pods.targets
        forward_to = [loki.write.default.receiver]
}

loki.write "default" {
        endpoint {
                url = "http://loki:3100/loki/api/v1/push"
        }
}
```

*Use instead*:

```alloy
local.file_match "pods" {
        path_targets = [{"__path__" = "/var/log/pods/*/*/*.log", "host" = constants.hostname}]
}

loki.source.file "pods" {
        targets    = local.file_match.pods.targets
        forward_to = [loki.process.pods.receiver]
}

loki.process "pods" {
        forward_to = [loki.write.default.receiver]

        stage.cri { }
}

loki.write "default" {
        endpoint {
                url = "http://loki:3100/loki/api/v1/push"
        }
}
```

*Fix*: a `loki.process` that receives lines of containers alone gets `stage.cri` in front of its other stages.
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Edit, Fact, Note, Severity, Span
from compiler.fixes import replaced
from compiler.graph.model import Node
from compiler.graph.read import nested
from compiler.lint.containers import container_sources
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule

_PARSERS = frozenset({"stage.cri", "stage.docker", "stage.regex", "stage.pattern"})
"""Who takes the head off with an expression of his own knows the format."""


@dataclass(frozen=True)
class ContainerLogsUnparsed(Fact, code="KM411", severity=Severity.WARNING):
    __doc__ = __doc__

    id: str
    to: str
    stages: Span | None = None
    """Where `stage.cri` can be put: a place in a `loki.process` that receives nothing else."""

    def message(self) -> str:
        return f"the lines of `{self.id}` are in the format of CRI and reach `{self.to}` unparsed"

    def help(self) -> str:
        return "put a `loki.process` with `stage.cri { }` between the two"

    def fix(self, span: Span) -> tuple[Edit, ...]:  # noqa: ARG002
        return replaced(self.stages, "\n\n\tstage.cri { }") if self.stages is not None else ()


@rule(ContainerLogsUnparsed)
def check(module: Module, report: Report) -> None:
    for id, path in container_sources(module).items():
        to = _unparsed(id, module)
        if to is not None:
            fact = ContainerLogsUnparsed(id, to, _stages(id, module))
            report(fact, module.graph.nodes[id].block.head, Note("the path", path.span))


def _unparsed(id: str, module: Module) -> str | None:
    """A `loki.write` that is reached past every stage that parses."""
    seen, waiting = set[str](), [id]
    while waiting:
        at = waiting.pop()
        node = module.graph.nodes[at]
        if at in seen or _parses(node):
            continue
        seen.add(at)
        if node.type == "loki.write":
            return at
        waiting += module.flow.consumers[at]
    return None


def _parses(node: Node) -> bool:
    return any(stage.type in _PARSERS for stage in nested(node.block.body))


def _stages(id: str, module: Module) -> Span | None:
    """The place behind the arguments of the only `loki.process` that the lines are sent to; None where other lines get there
    too, or where somebody parses behind it."""
    first, *others = (module.graph.nodes[to] for to in module.flow.consumers[id])
    if others or first.type != "loki.process" or any(use.user is None for use in module.uses[first.id]):
        return None
    if not container_sources(module).keys() >= set(module.flow.producers[first.id]):
        return None
    if any(_parses(module.graph.nodes[to]) for to in module.flow.downstream(first.id)):
        return None
    source = first.block.span.source
    arguments = max((one.span.end for one in first.block.body.attributes), default=0)
    stages = min((one.span.start for one in first.block.body.blocks), default=arguments)
    rest = source.text[arguments:].partition("\n")[0].rstrip()
    if stages < arguments or (rest and not rest.lstrip().startswith("//")):
        return None
    return Span(source, arguments + len(rest), arguments + len(rest))
