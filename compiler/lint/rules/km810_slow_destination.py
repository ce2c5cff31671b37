"""One destination that is slow or down stops the others.

*What it finds*: logs that go to several destinations of which one makes its sender wait: `loki.write` without a write-ahead
log, also with several endpoints, and an exporter whose queue is off or blocks when it is full. Metrics are not meant:
`prometheus.remote_write` writes them to its disk first.

*Why it hurts*: Alloy hands a record to one receiver after the other and waits for each. When one destination is down, its
queue is soon full, and the destinations that are well get nothing any more either.

*Example*:

```alloy
loki.source.api "in" {
        forward_to = [loki.write.prod.receiver, loki.write.audit.receiver]
}

loki.write "prod" {
        endpoint {
                url = "http://loki:3100/loki/api/v1/push"
        }
}

loki.write "audit" {
        endpoint {
                url = "http://audit:3100/loki/api/v1/push"
        }
}
```

*Use instead*:

```alloy
loki.source.api "in" {
        forward_to = [loki.write.prod.receiver, loki.write.audit.receiver]
}

loki.write "prod" {
        endpoint {
                url = "http://loki:3100/loki/api/v1/push"
        }

        wal {
                enabled = true
        }
}

loki.write "audit" {
        endpoint {
                url = "http://audit:3100/loki/api/v1/push"
        }

        wal {
                enabled = true
        }
}
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from compiler.diagnostics import Fact, Note, Severity
from compiler.graph.model import Node
from compiler.graph.read import block, blocks, text, written
from compiler.lint.fan_out import FanOut, fan_outs
from compiler.lint.flow.signals import SIGNALS, passes
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule
from compiler.syntax.tree import Block

_DESTINATIONS = ("loki.write", "prometheus.remote_write", "prometheus.write.queue", "otelcol.exporter.")
_NONE = frozenset({"otelcol.exporter.debug", "otelcol.exporter.loki", "otelcol.exporter.prometheus"})
"""They show what arrives, or hand it to another component."""


@dataclass(frozen=True)
class SlowDestination(Fact, code="KM810", severity=Severity.WARNING):
    __doc__ = __doc__

    slow: str
    others: tuple[str, ...]
    """Ids of components; empty for the other endpoints of the same one."""
    loki: bool

    def message(self) -> str:
        if not self.others:
            return f"when one endpoint of `{self.slow}` is slow or down, the others get nothing either"
        others = ", ".join(f"`{one}`" for one in self.others)
        return (
            f"when `{self.slow}` is slow or down, {others} {'gets' if len(self.others) == 1 else 'get'} nothing either"
        )

    def help(self) -> str:
        if self.loki:
            return f"write `wal {{ enabled = true }}` in `{self.slow}`, or give each destination a source of its own"
        return f"leave out `enabled = false` and `block_on_overflow = true` in the `sending_queue` of `{self.slow}`"


@rule(SlowDestination)
def check(module: Module, report: Report) -> None:
    if module.place.isolated or module.broken:
        return
    behind = _destinations(module)
    for one in fan_outs(module):
        found = _blocking(one, module, behind)
        if found is not None:
            slow, others = found
            fact = SlowDestination(slow.id, others, slow.type == "loki.write")
            report(fact, one.span, Note("it makes its sender wait", slow.block.head))
    for node in module.of_type("loki.write"):
        endpoints = list(blocks(node.block, "endpoint"))
        # Two that are the same are refused, which is said elsewhere.
        several = len({text(one, "url") for one in endpoints}) > 1
        if several and _waits(node) and not module.flow.nothing_arrives(node.id):
            report(SlowDestination(node.id, (), True), endpoints[1].head)


def _blocking(
    one: FanOut, module: Module, behind: Mapping[tuple[str, str], dict[str, None]]
) -> tuple[Node, tuple[str, ...]] | None:
    """The first destination behind a receiver that can block, and those that are reached behind the others."""
    for receiver in one.receivers:
        others = [behind[other, one.signal] for other in one.receivers if other != receiver]
        for slow in behind[receiver, one.signal]:
            rest = dict.fromkeys(id for ids in others for id in ids if id != slow)
            if rest and _waits(module.graph.nodes[slow]):
                return module.graph.nodes[slow], tuple(rest)
    return None


def _destinations(module: Module) -> Mapping[tuple[str, str], dict[str, None]]:
    """For each component and each signal that it gets what that reaches, itself among it, and that sends telemetry away; the
    keys are an ordered set."""
    found: dict[tuple[str, str], dict[str, None]] = {(id, came): {} for id in module.graph.nodes for came in SIGNALS}
    # A receiver stands in front of whoever names it.
    for id in module.graph.order:
        node = module.graph.nodes[id]
        for came in SIGNALS:
            if node.type.startswith(_DESTINATIONS) and node.type not in _NONE:
                found[id, came][id] = None
            for wire in module.flow.wires[id]:
                if passes(node, came, wire.signal):
                    found[id, came] |= found[wire.consumer, wire.signal]
    return found


def _waits(node: Node) -> bool:
    """Whether a full queue makes the sender wait; what is not known is taken for the sound one."""
    if node.type == "loki.write":
        wal = block(node.block, "wal")
        logged = wal is not None and written(wal, "enabled") not in (None, False)
        return not logged and any(_blocks(one) for one in blocks(node.block, "endpoint"))
    queue = block(node.block, "sending_queue")
    return queue is not None and (written(queue, "enabled") is False or written(queue, "block_on_overflow") is True)


def _blocks(endpoint: Block) -> bool:
    queue = block(endpoint, "queue_config")
    return queue is None or written(queue, "block_on_overflow") in (None, True)
