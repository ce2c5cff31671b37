"""What the demo's containers say. Every line carries the sequence number of its container, so that each can be told to have arrived."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

__all__ = ["BODIES", "Line", "sequence"]

_SEQUENCE = re.compile(rb'\bseq"?[=:](\d+)')
_USERS = ("ada", "grace", "edsger", "barbara", "donald", "radia")
_ITEMS = ("kettle", "lamp", "notebook", "rope", "tent", "umbrella")


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its newline. `stream` is stdout or stderr."""

    sequence: int
    text: str
    stream: str = "stdout"


Next = Callable[[], int]
Speaker = Callable[[random.Random, Next], list[Line]]


def sequence(line: bytes) -> int | None:
    """The number that a line carries."""
    match = _SEQUENCE.search(line)
    return int(match[1]) if match else None


def _checkout(chance: random.Random, following: Next) -> list[Line]:
    number = following()
    level = chance.choices(("info", "debug", "warn", "error"), (80, 10, 7, 3))[0]
    body = {
        "level": level,
        "msg": {"error": "payment declined", "warn": "payment is slow"}.get(level, "order placed"),
        "user": chance.choice(_USERS),
        "item": chance.choice(_ITEMS),
        "amount": round(chance.uniform(3, 250), 2),
        "trace_id": f"{chance.getrandbits(128):032x}",
        "seq": number,
    }
    return [Line(number, json.dumps(body, separators=(",", ":")), "stderr" if level == "error" else "stdout")]


def _proxy(chance: random.Random, following: Next) -> list[Line]:
    number = following()
    status = chance.choices((200, 201, 304, 404, 503), (80, 8, 6, 4, 2))[0]
    path = f"/api/{chance.choice(_ITEMS)}/{chance.randrange(1000)}"
    return [
        Line(
            number,
            f'10.244.1.{chance.randrange(2, 250)} "GET {path} HTTP/1.1" {status} {chance.randrange(9000)} seq={number}',
        )
    ]


def _cart(chance: random.Random, following: Next) -> list[Line]:
    number = following()
    level = chance.choices(("info", "warn"), (95, 5))[0]
    text = f'level={level} msg="item added" user={chance.choice(_USERS)} item={chance.choice(_ITEMS)}'
    return [Line(number, f"{text} duration={chance.randrange(1, 80)}ms seq={number}")]


def _orders(chance: random.Random, following: Next) -> list[Line]:
    number = following()
    if chance.random() > 0.04:
        return [
            Line(
                number,
                f"INFO  [worker-{chance.randrange(8)}] shop.orders.Ledger - posted order {chance.randrange(10**6)} seq={number}",
            )
        ]
    lines = [
        Line(
            number,
            f"ERROR [worker-{chance.randrange(8)}] shop.orders.Ledger - order was not posted seq={number}",
            "stderr",
        )
    ]
    frames = [f"\tat shop.orders.{c}.{m}({c}.java:{chance.randrange(20, 400)})" for c, m in _FRAMES]
    frames.insert(0, "java.lang.IllegalStateException: account is locked")
    frames.append("Caused by: java.sql.SQLTransientException: deadlock, try again")
    for frame in frames:
        number = following()
        lines.append(Line(number, f"{frame} // seq={number}", "stderr"))
    return lines


_FRAMES = (("Ledger", "post"), ("Ledger", "apply"), ("Journal", "append"), ("Worker", "handle"), ("Worker", "run"))


def _reports(chance: random.Random, following: Next) -> list[Line]:
    """One line in twelve is longer than the runtime's buffer and comes in parts."""
    number = following()
    if chance.random() > 1 / 12:
        return [Line(number, f"report for {chance.choice(_USERS)} is ready seq={number}")]
    rows = ";".join(f"{chance.choice(_ITEMS)},{chance.randrange(10**9)}" for _ in range(chance.randrange(1200, 3500)))
    return [Line(number, f"report seq={number} rows={rows} end")]


def _agent(chance: random.Random, following: Next) -> list[Line]:
    number = following()
    where = f"{chance.choice(('scrape', 'cgroup', 'disk'))}.go:{chance.randrange(20, 300)}"
    return [
        Line(number, f'I0102 15:04:05.{chance.randrange(10**6):06d}       1 {where}] "Synced" seq={number}', "stderr")
    ]


def _etcd(chance: random.Random, following: Next) -> list[Line]:
    number = following()
    took = f"{chance.randrange(1, 300)}ms"
    body = {
        "level": "info",
        "caller": "etcdserver/util.go:166",
        "msg": "apply request took",
        "took": took,
        "seq": number,
    }
    return [Line(number, json.dumps(body, separators=(",", ":")), "stderr")]


BODIES: Mapping[str, Speaker] = {
    "agent": _agent,
    "cart": _cart,
    "checkout": _checkout,
    "etcd": _etcd,
    "orders": _orders,
    "proxy": _proxy,
    "reports": _reports,
}
"""By container name: one utterance, which is a line or several that belong together."""
