"""A time zone that does not exist.

*What it finds*: a `location` of `stage.timestamp` that is no name of the IANA database.

*Why it hurts*: Alloy refuses to start with it, and `alloy validate` does not say so.

*Example*:

```alloy
stage.json {
        expressions = {ts = ""}
}

stage.timestamp {
        source   = "ts"
        format   = "2006-01-02 15:04:05"
        location = "Europe/Berlyn"
}
```

*Use instead*:

```alloy
stage.json {
        expressions = {ts = ""}
}

stage.timestamp {
        source   = "ts"
        format   = "2006-01-02 15:04:05"
        location = "Europe/Berlin"
}
```
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from zoneinfo import available_timezones

from compiler.diagnostics import Fact, did_you_mean
from compiler.graph.read import attribute, nested, text
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule

_OWN = frozenset({"", "UTC", "Local"})


@dataclass(frozen=True)
class TimeZone(Fact, code="KM425"):
    __doc__ = __doc__

    name: str

    def message(self) -> str:
        return f"there is no time zone `{self.name}`"

    def help(self) -> str:
        near = did_you_mean(self.name, _zones())
        return f"did you mean `{near}`?" if near else "write a name such as `Europe/Berlin` or `UTC`"


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


@rule(TimeZone)
def check(module: Module, report: Report) -> None:
    for node in module.of_type("loki.process"):
        for stage in nested(node.block.body):
            place, name = attribute(stage, "location"), text(stage, "location")
            if stage.type != "stage.timestamp" or name is None or place is None or name in _OWN:
                continue
            # A machine without the database knows no zone at all, and says nothing.
            if _zones() and name not in _zones():
                report(TimeZone(name), place.value.span)
