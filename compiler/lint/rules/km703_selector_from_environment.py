"""A selector is made of a variable that may not be set.

*What it finds*: `sys.env` in a selector of `discovery.kubernetes` with a variable that a container does not have by itself, and
without `coalesce` around it.

*Why it hurts*: where it is not set the selector compares with the empty text. Then nothing is found, or the pods of the whole
cluster, and no error is logged. `constants.hostname` is no way out: in a pod that is the name of the pod.

*Example*:

```alloy
discovery.kubernetes "pods" {
        role = "pod"

        selectors {
                role  = "pod"
                field = "spec.nodeName=" + sys.env("MY_NODE")
        }
}

loki.source.kubernetes "pods" {
        targets    = discovery.kubernetes.pods.targets
        forward_to = [loki.echo.out.receiver]
}

loki.echo "out" { }
```

*Use instead*:

```alloy
discovery.kubernetes "pods" {
        role = "pod"

        selectors {
                role  = "pod"
                field = "spec.nodeName=" + sys.env("HOSTNAME")
        }
}

loki.source.kubernetes "pods" {
        targets    = discovery.kubernetes.pods.targets
        forward_to = [loki.echo.out.receiver]
}

loki.echo "out" { }
```
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity, Span
from compiler.graph.read import blocks, constant
from compiler.graph.references import words
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.syntax.tree import Call, Expression, walk


@dataclass(frozen=True)
class SelectorFromEnvironment(Fact, code="KM703", severity=Severity.WARNING):
    __doc__ = __doc__

    variable: str

    def message(self) -> str:
        return f"nothing says that the variable `{self.variable}` is set, and an empty one makes this selector wrong"

    def help(self) -> str:
        return f"set `{self.variable}` where it runs (in values by `alloy.extraEnv`); the node's name is `HOSTNAME` in what kmon deploys"


@rule(SelectorFromEnvironment)
def check(module: Module, report: Report) -> None:
    for node in module.of_type("discovery.kubernetes"):
        for selector in blocks(node.block, "selectors"):
            for found in selector.body.attributes:
                for variable, span in _variables(found.value):
                    if module.place.sets(variable) is False:
                        report(SelectorFromEnvironment(variable), span)


def _variables(expression: Expression) -> Iterator[tuple[str, Span]]:
    calls = [one for one in walk(expression) if isinstance(one, Call)]
    guarded = [call.span for call in calls if words(call.value) == ("coalesce",)]
    for call in calls:
        if words(call.value) in (("sys", "env"), ("env",)) and len(call.arguments) == 1:
            name = constant(call.arguments[0])
            inside = any(span.start <= call.span.start < span.end for span in guarded)
            if isinstance(name, str) and not inside:
                yield name, call.span
