"""The URL of a destination without the path to which it writes.

*What it finds*: a URL of `loki.write` or `prometheus.remote_write` that ends behind the host. Both write to exactly the URL that
is given and add no path.

*Why it hurts*: the server answers with 404 or with a page, and everything is dropped.

*Example*:

```alloy
loki.source.api "in" {
        forward_to = [loki.write.default.receiver]
}

loki.write "default" {
        endpoint {
                url = "http://loki:3100"
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
        }
}
```
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity
from compiler.graph.read import attribute, blocks, text
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule

_HOST_ALONE = re.compile(r"(?i)https?://[^/?#\s]+/?")
_PATHS = {"loki.write": "/loki/api/v1/push", "prometheus.remote_write": "/api/v1/push"}


@dataclass(frozen=True)
class UrlWithoutPath(Fact, code="KM821", severity=Severity.WARNING):
    __doc__ = __doc__

    url: str
    path: str

    def message(self) -> str:
        return f"`{self.url}` has no path, and none is added"

    def help(self) -> str:
        return f"write `{self.url.rstrip('/')}{self.path}`, or the path of your server"


@rule(UrlWithoutPath)
def check(module: Module, report: Report) -> None:
    for node in module.of_type(*_PATHS):
        for endpoint in blocks(node.block, "endpoint"):
            place, url = attribute(endpoint, "url"), text(endpoint, "url")
            if place is not None and url is not None and _HOST_ALONE.fullmatch(url):
                report(UrlWithoutPath(url, _PATHS[node.type]), place.value.span)
