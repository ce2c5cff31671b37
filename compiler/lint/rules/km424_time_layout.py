"""A format of time that is none.

*What it finds*: a `format` of `stage.timestamp` that is neither a name (`RFC3339`, `Unix`, …) nor holds a part of Go's reference
time, `Mon Jan 2 15:04:05 MST 2006`: formats of other languages, such as `yyyy-MM-dd` or `%Y-%m-%d`.

*Why it hurts*: no text is ever read as such a time; each line has the time at which it was read.

*Example*:

```alloy
stage.json {
        expressions = {ts = ""}
}

stage.timestamp {
        source = "ts"
        format = "yyyy-MM-dd HH:mm:ss"
}
```

*Use instead*:

```alloy
stage.json {
        expressions = {ts = ""}
}

stage.timestamp {
        source = "ts"
        format = "2006-01-02 15:04:05"
}
```
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from compiler.diagnostics import Fact
from compiler.graph.read import attribute, nested, text, texts
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule

_NAMES = frozenset(
    {
        "ANSIC", "UnixDate", "RubyDate", "RFC822", "RFC822Z", "RFC850", "RFC1123", "RFC1123Z", "RFC3339", "RFC3339Nano",
        "Unix", "UnixMs", "UnixUs", "UnixNs",
    }
)  # fmt: skip
_PART = re.compile(r"Jan|Mon|MST|2006|15|0?[1-6]|06|002|PM|pm|Z07|-07")
_OTHERS = re.compile(r"%[a-zA-Z]|[yY]{2,}|[dD]{2}|[hH]{2}|[sS]{2}")


@dataclass(frozen=True)
class TimeLayout(Fact, code="KM424"):
    __doc__ = __doc__

    layout: str

    def message(self) -> str:
        return f"`{self.layout}` is no layout of time"

    def help(self) -> str:
        return "write the time `Mon Jan 2 15:04:05 2006` in your format, such as `2006-01-02 15:04:05`, or a name such as `RFC3339`"


@rule(TimeLayout)
def check(module: Module, report: Report) -> None:
    for node in module.of_type("loki.process"):
        for stage in nested(node.block.body):
            if stage.type != "stage.timestamp":
                continue
            place, layout = attribute(stage, "format"), text(stage, "format")
            formats = [(layout, place.value)] if place is not None and layout is not None else []
            for one, expression in (*formats, *texts(stage, "fallback_formats")):
                # A layout of another language can hold a digit by chance.
                if one not in _NAMES and (not _PART.search(one) or _OTHERS.search(one)):
                    report(TimeLayout(one), expression.span)
