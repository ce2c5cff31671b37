"""A file is read that is not there: no mount of the container holds it.

*What it finds*: a file that the configuration names, such as a CA certificate, a token or an imported module, outside of every
folder that is mounted.

*Why it hurts*: the component does not start, and with it often the whole configuration.

*Example*:

```alloy workload=deployment mounts=/etc/alloy
loki.source.api "in" {
        forward_to = [loki.write.default.receiver]
}

loki.write "default" {
        endpoint {
                url = "https://loki:3100/loki/api/v1/push"

                tls_config {
                        ca_file = "/etc/certs/ca.pem"
                }
        }
}
```

*Use instead*:

```alloy workload=deployment mounts=/etc/alloy,/etc/certs
loki.source.api "in" {
        forward_to = [loki.write.default.receiver]
}

loki.write "default" {
        endpoint {
                url = "https://loki:3100/loki/api/v1/push"

                tls_config {
                        ca_file = "/etc/certs/ca.pem"
                }
        }
}
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity
from compiler.graph.read import constant
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.syntax.tree import Attribute, walk

_OF_THE_IMAGE = (
    "/etc/ssl/",
    "/etc/pki/",
    "/usr/",
    "/opt/",
    "/proc/",
    "/sys/",
    "/dev/",
    "/etc/hostname",
    "/etc/hosts",
    "/etc/resolv.conf",
    "/tmp/",
)
"""What is there without a mount, or may be."""


@dataclass(frozen=True)
class FileNotMounted(Fact, code="KM707", severity=Severity.WARNING):
    __doc__ = __doc__

    path: str

    def message(self) -> str:
        return f"no mount of the container holds `{self.path}`"

    def help(self) -> str:
        return "mount it by `controller.volumes.extra` and `alloy.mounts.extra` of the collector"


@rule(FileNotMounted)
def check(module: Module, report: Report) -> None:
    if module.place.kind in (None, "none"):
        return
    for node in module.graph.nodes.values():
        for found in walk(node.block):
            if not isinstance(found, Attribute) or not _names_a_file(node.type, found.name.text):
                continue
            path = constant(found.value)
            if (
                isinstance(path, str)
                and path.startswith("/")
                and not path.startswith(_OF_THE_IMAGE)
                and module.place.mounted(path) is False
            ):
                report(FileNotMounted(path), found.value.span)


def _names_a_file(kind: str, name: str) -> bool:
    return name.endswith("_file") or (name == "filename" and kind in ("local.file", "import.file"))
