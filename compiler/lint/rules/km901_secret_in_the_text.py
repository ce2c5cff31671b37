"""A secret that stands in the text.

*What it finds*: a password, token or key that is written out in the configuration.

*Why it hurts*: it lands in ConfigMaps, in the repository and in everybody's copy of it; it cannot be changed without a rollout.

*Example*:

```alloy
loki.source.api "in" {
        forward_to = [loki.write.default.receiver]
}

loki.write "default" {
        endpoint {
                url = "http://loki:3100/loki/api/v1/push"

                basic_auth {
                        username = "me"
                        password = "hunter2"
                }
        }
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

                basic_auth {
                        username = "me"
                        password = sys.env("LOKI_PASSWORD")
                }
        }
}
```
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from compiler.catalog import BodySchema
from compiler.diagnostics import Fact, Severity
from compiler.graph.read import constant
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.syntax.tree import Attribute, Body

_TEXTS = frozenset({"data_source_name", "mongodb_uri", "connection_string", "global_config"})
"""Secret by their type, but often without a secret in them."""


@dataclass(frozen=True)
class SecretInTheText(Fact, code="KM901", severity=Severity.WARNING):
    __doc__ = __doc__

    name: str
    confidential: ClassVar[bool] = True

    def message(self) -> str:
        return f"`{self.name}` is a secret and stands in the text"

    def help(self) -> str:
        variable = self.name.upper()
        return f'write `sys.env("{variable}")`, or read it with `local.file` or `remote.kubernetes.secret`'


@rule(SecretInTheText)
def check(module: Module, report: Report) -> None:
    for node in module.graph.nodes.values():
        _body(node.block.body, node.schema.body, report)


def _body(body: Body, schema: BodySchema, report: Report) -> None:
    for statement in body.statements:
        if isinstance(statement, Attribute):
            known = schema.attributes.get(statement.name.text)
            if known is None or known.type != "secret" or known.name in _TEXTS:
                continue
            value = constant(statement.value)
            if isinstance(value, str) and value:
                report(SecretInTheText(known.name), statement.value.span)
        elif (inner := schema.blocks.get(statement.type)) is not None:
            _body(statement.body, inner.body, report)
