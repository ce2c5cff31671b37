"""A variable is read that the workload does not set.

*What it finds*: `sys.env` with a variable that is neither set by the manifests nor by Kubernetes, without `coalesce` around it.
Only where the whole environment is known: of values. Selectors are the matter of KM703.

*Why it hurts*: the value is empty. A password, a URL or a label is missing, and no error is logged.

*Example*:

```alloy workload=deployment environment=REGION
loki.source.api "in" {
        forward_to = [loki.write.default.receiver]
}

loki.write "default" {
        endpoint {
                url = sys.env("LOKI_URL")
        }
}
```

*Use instead*:

```alloy workload=deployment environment=REGION,LOKI_URL
loki.source.api "in" {
        forward_to = [loki.write.default.receiver]
}

loki.write "default" {
        endpoint {
                url = sys.env("LOKI_URL")
        }
}
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.deploy.needs import variables_in
from compiler.diagnostics import Fact, Severity
from compiler.graph.references import words
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.syntax.tree import Block, Call, walk


@dataclass(frozen=True)
class VariableNotSet(Fact, code="KM708", severity=Severity.WARNING):
    __doc__ = __doc__

    variable: str

    def message(self) -> str:
        return f"the workload does not set `{self.variable}`, so that it is empty"

    def help(self) -> str:
        return f"set it by `alloy.extraEnv` of the collector: `{{name: {self.variable}, valueFrom: …}}`"


@rule(VariableNotSet)
def check(module: Module, report: Report) -> None:
    if not module.place.whole_environment:
        return
    for node in module.graph.nodes.values():
        guarded = [
            call.span for call in walk(node.block) if isinstance(call, Call) and words(call.value) == ("coalesce",)
        ]
        selectors = [one.span for one in node.block.body.blocks if _is_selector(node.block, one)]
        for name, call in variables_in(node.block):
            apart = any(span.start <= call.span.start < span.end for span in (*guarded, *selectors))
            if not apart and module.place.sets(name) is False:
                report(VariableNotSet(name), call.span)


def _is_selector(owner: Block, inner: Block) -> bool:
    return owner.type == "discovery.kubernetes" and inner.type == "selectors"
