"""One of several arguments is needed, and none or too many are given.

*What it finds*: none, or more than one, of several arguments or blocks of which a component needs one: the limit of a
memory limiter, the kind of a histogram, the resolver of a load balancer.

*Why it hurts*: to the syntax each of them is optional. The component does not start.

*Example*:

```alloy
otelcol.receiver.otlp "in" {
        grpc { }

        output {
                traces = [otelcol.processor.memory_limiter.default.input]
        }
}

otelcol.processor.memory_limiter "default" {
        check_interval = "1s"

        output {
                traces = [otelcol.exporter.otlp.default.input]
        }
}

otelcol.exporter.otlp "default" {
        client {
                endpoint = "tempo:4317"
        }
}
```

*Use instead*:

```alloy
otelcol.receiver.otlp "in" {
        grpc { }

        output {
                traces = [otelcol.processor.memory_limiter.default.input]
        }
}

otelcol.processor.memory_limiter "default" {
        check_interval = "1s"
        limit          = "400MiB"

        output {
                traces = [otelcol.exporter.otlp.default.input]
        }
}

otelcol.exporter.otlp "default" {
        client {
                endpoint = "tempo:4317"
        }
}
```
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from compiler.diagnostics import Fact
from compiler.graph.read import nested
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.syntax.tree import Attribute, Block


class _Choice(NamedTuple):
    """In blocks of the type `block` (empty for the component itself). `several`: more than one is right as well."""

    component: str
    block: str
    names: tuple[str, ...]
    several: bool = False


_CHOICES = (
    _Choice("otelcol.processor.memory_limiter", "", ("limit", "limit_percentage")),
    _Choice("otelcol.connector.spanmetrics", "histogram", ("explicit", "exponential")),
    _Choice("otelcol.exporter.loadbalancing", "resolver", ("static", "dns", "kubernetes", "aws_cloud_map")),
    _Choice("otelcol.receiver.syslog", "", ("tcp", "udp"), several=True),
    _Choice("loki.source.syslog", "", ("listener",), several=True),
)
_BY_COMPONENT = {one.component: [other for other in _CHOICES if other.component == one.component] for one in _CHOICES}


@dataclass(frozen=True)
class OneIsNeeded(Fact, code="KM285"):
    __doc__ = __doc__

    owner: str
    names: tuple[str, ...]
    given: tuple[str, ...]

    def message(self) -> str:
        if self.given:
            return f"`{self.owner}` takes one of {self._listed(self.given)}, not both"
        return f"`{self.owner}` has no {self._listed(self.names)}"

    def help(self) -> str:
        return f"remove `{self.given[-1]}`" if self.given else f"write one of {self._listed(self.names)}"

    def _listed(self, names: tuple[str, ...]) -> str:
        return " or ".join(f"`{name}`" for name in names)


@rule(OneIsNeeded)
def check(module: Module, report: Report) -> None:
    for node in module.of_type(*_BY_COMPONENT):
        for choice in _BY_COMPONENT[node.type]:
            for owner in _owners(node.block, choice.block):
                given = tuple(dict.fromkeys(_given(owner, choice)))
                if not given or (len(given) > 1 and not choice.several):
                    report(OneIsNeeded(choice.block or node.id, choice.names, given), owner.head)


def _owners(block: Block, type_: str) -> Iterator[Block]:
    if not type_:
        yield block
    else:
        yield from (one for one in nested(block.body) if one.type == type_)


def _given(owner: Block, choice: _Choice) -> Iterator[str]:
    for one in owner.body.statements:
        name = one.name.text if isinstance(one, Attribute) else one.type
        if name in choice.names:
            yield name
