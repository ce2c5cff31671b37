"""Arguments of which only one can be given.

*What it finds*: two ways to log in side by side (`basic_auth`, `authorization`, `oauth2`, `bearer_token`,
`bearer_token_file`), and a secret that is given both itself and as a file.

*Why it hurts*: Alloy refuses to start with them, and `alloy validate` does not say so.

*Example*:

```alloy
prometheus.scrape "app" {
        targets           = [{"__address__" = "app:8080"}]
        forward_to        = [prometheus.remote_write.default.receiver]
        bearer_token_file = "/var/run/token"

        basic_auth {
                username = "me"
        }
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
        targets           = [{"__address__" = "app:8080"}]
        forward_to        = [prometheus.remote_write.default.receiver]
        bearer_token_file = "/var/run/token"
}

prometheus.remote_write "default" {
        endpoint {
                url = "http://mimir:9009/api/v1/push"
        }
}
```
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from compiler.catalog import BlockSchema, BodySchema, ComponentSchema
from compiler.diagnostics import Fact, Note, Span
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.syntax.tree import Attribute, Block, Body, Statement

_LOGINS = frozenset({"basic_auth", "authorization", "oauth2", "bearer_token", "bearer_token_file"})
_PAIRS = (
    ("password", "password_file"),
    ("credentials", "credentials_file"),
    ("client_secret", "client_secret_file"),
    ("ca_pem", "ca_file"),
    ("cert_pem", "cert_file"),
    ("key_pem", "key_file"),
)


@dataclass(frozen=True)
class OneOfSeveral(Fact, code="KM282"):
    __doc__ = __doc__

    names: tuple[str, ...]

    def message(self) -> str:
        return f"only one of {', '.join(f'`{name}`' for name in self.names)} can be given"

    def help(self) -> str:
        return "remove all but one"


@rule(OneOfSeveral)
def check(module: Module, report: Report) -> None:
    for node in module.graph.nodes.values():
        for body, schema in _bodies(node.block.body, node.schema):
            # Outside of a client of Prometheus' kind the names can mean something else.
            groups: list[frozenset[str]] = [frozenset(pair) for pair in _PAIRS if set(pair) <= set(schema.attributes)]
            if {*schema.attributes, *schema.blocks} >= _LOGINS:
                groups.append(_LOGINS)
            for group in groups:
                written = _written(body, group)
                if len(written) > 1:
                    names = tuple(written)
                    first, second = list(written.values())[:2]
                    report(OneOfSeveral(names), _head(second), Note("the other one", _head(first)))


def _bodies(body: Body, schema: ComponentSchema | BlockSchema) -> Iterator[tuple[Body, BodySchema]]:
    yield body, schema.body
    for block in body.blocks:
        if (inner := schema.body.blocks.get(block.type)) is not None:
            yield from _bodies(block.body, inner)


def _written(body: Body, group: frozenset[str]) -> Mapping[str, Statement]:
    found: dict[str, Statement] = {}
    for statement in body.statements:
        name = statement.name.text if isinstance(statement, Attribute) else statement.type
        if name in group:
            found.setdefault(name, statement)
    return found


def _head(statement: Statement) -> Span:
    return statement.head if isinstance(statement, Block) else statement.name.span
