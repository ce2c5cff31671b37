"""A secret in a URL or in a header.

*What it finds*: a password that is written out in a URL (`https://me:hunter2@…`), and a header for logging in
(`Authorization`, `X-Api-Key` and the like) whose value is written out.

*Why it hurts*: these are no secrets to Alloy. They stand in the text, and are shown in the user interface, in logs and in
metrics that name the URL.

*Example*:

```alloy
loki.source.api "in" {
        forward_to = [loki.write.default.receiver]
}

loki.write "default" {
        endpoint {
                url = "https://me:hunter2@loki.example/loki/api/v1/push"
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
                url = "https://loki.example/loki/api/v1/push"

                basic_auth {
                        username = "me"
                        password = sys.env("LOKI_PASSWORD")
                }
        }
}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity, Span
from compiler.graph.read import constant
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.syntax.tree import Attribute, Body, Literal, Object

_PASSWORD = re.compile(r"(?i)[a-z][a-z0-9+.-]*://[^/?#@\s:]*:[^/?#@\s]+@.*", re.DOTALL)
_HEADER = re.compile(
    r"(?i)(?:proxy-)?authorization|cookie|x-(?:auth|vault)-token|(?:x-)?api-?key|dd-api-key|x-honeycomb-team"
)
_HEADERS = frozenset({"headers", "http_headers", "proxy_connect_header"})


@dataclass(frozen=True)
class SecretBesideTheCredentials(Fact, code="KM902", severity=Severity.WARNING):
    __doc__ = __doc__

    header: str
    """Its name; empty for a URL."""
    name: str

    def message(self) -> str:
        return (
            f"the header `{self.header}` holds a secret that stands in the text"
            if self.header
            else f"`{self.name}` holds a password"
        )

    def help(self) -> str:
        if self.header:
            return f'write `sys.env("…")` for `{self.header}`, or log in with `basic_auth`, `bearer_token` or `auth`'
        return "leave it out of the URL, and log in with `basic_auth`"


@rule(SecretBesideTheCredentials)
def check(module: Module, report: Report) -> None:
    for node in module.graph.nodes.values():
        for header, name, span in _secrets(node.block.body):
            report(SecretBesideTheCredentials(header, name), span)


def _secrets(body: Body) -> Iterator[tuple[str, str, Span]]:
    for one in body.statements:
        if not isinstance(one, Attribute):
            yield from _secrets(one.body)
        elif one.name.text in _HEADERS and isinstance(one.value, Object):
            for field in one.value.fields:
                if _HEADER.fullmatch(field.name.text) and _written_out(constant(field.value)):
                    yield field.name.text, "", field.value.span
        elif (
            isinstance(one.value, Literal) and isinstance(value := one.value.value, str) and _PASSWORD.fullmatch(value)
        ):
            yield "", one.name.text, one.value.span


def _written_out(value: object) -> bool:
    if isinstance(value, list):
        return any(_written_out(one) for one in value)
    return isinstance(value, str) and value != ""
