"""An argument that must be there is `null`.

*What it finds*: `null` for a required attribute. Alloy takes it for the empty value of its type.

*Why it hurts*: `forward_to = null` throws everything away without a word, `targets = null` reads nothing.

*Example*:

```alloy
loki.source.api "in" {
        forward_to = null
}
```

*Use instead*:

```alloy
loki.source.api "in" {
        forward_to = [loki.write.default.receiver]
}

loki.write "default" {
        endpoint {
                url = "http://loki:3100/loki/api/v1/push"
        }
}
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.catalog import BodySchema
from compiler.diagnostics import Fact
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.syntax.tree import Attribute, Body, Literal


@dataclass(frozen=True)
class NullForRequired(Fact, code="KM281"):
    __doc__ = __doc__

    name: str

    def message(self) -> str:
        return f"required attribute `{self.name}` is `null`"

    def help(self) -> str:
        return f"give `{self.name}` a value"


@rule(NullForRequired)
def check(module: Module, report: Report) -> None:
    for node in module.graph.nodes.values():
        _body(node.block.body, node.schema.body, report)


def _body(body: Body, schema: BodySchema, report: Report) -> None:
    for statement in body.statements:
        if isinstance(statement, Attribute):
            known = schema.attributes.get(statement.name.text)
            value = statement.value
            if known is not None and known.required and isinstance(value, Literal) and value.value is None:
                report(NullForRequired(statement.name.text), value.span)
        elif (inner := schema.blocks.get(statement.type)) is not None:
            _body(statement.body, inner.body, report)
