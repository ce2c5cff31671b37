"""What is drawn, whatever it is drawn with: boxes, frames around them, lines between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from compiler.diagnostics import Diagnostic

__all__ = ["GROUPS", "SIGNALS", "Box", "Diagram", "Frame", "Line"]

GROUPS = {
    "discovery": "discovery",
    "source": "sources",
    "processor": "processors",
    "destination": "destinations",
    "other": "others",
}
"""Each role and the title of its group, in the direction of the data.

`discovery` finds targets, `source` is where telemetry begins, `destination` where it ends, `processor` between; `other`
has neither."""
SIGNALS = ("targets", "logs", "metrics", "traces", "otel", "profiles", "value")
"""`otel` is OpenTelemetry data of which it is not written whether it is logs, metrics or traces; `value` is no telemetry."""


@dataclass(frozen=True, slots=True)
class Frame:
    """An open module: a custom component or a `foreach`. `frame` is the id of the frame that it stands in, or empty."""

    id: str
    type: str
    label: str
    file: str
    line: int
    frame: str = ""
    findings: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Box:
    """A component or a configuration block. Its id has those of the modules around it in front: `m.x/local.file.f`.
    `inside` is the number of components in a folded module, modules in it counted as one each."""

    id: str
    type: str
    label: str
    role: str
    file: str
    line: int
    frame: str = ""
    findings: tuple[Diagnostic, ...] = ()
    inside: int = 0

    @property
    def is_port(self) -> bool:
        """Whether it is nothing but where data enters or leaves a module."""
        return self.type in ("argument", "export", "item")


@dataclass(frozen=True, slots=True)
class Line:
    """`signal`, one of `SIGNALS`, flows from one box to another."""

    producer: str
    consumer: str
    signal: str


@dataclass(frozen=True)
class Diagram:
    """One configuration. `note` says what runs it. Frames stand before what is in them. `elsewhere` are findings about
    nothing that has a box."""

    name: str
    boxes: tuple[Box, ...]
    frames: tuple[Frame, ...]
    lines: tuple[Line, ...]
    note: str = ""
    elsewhere: tuple[Diagnostic, ...] = field(default=())

    @property
    def findings(self) -> Iterator[Diagnostic]:
        """All of them, each once."""
        return iter(dict.fromkeys([*self.elsewhere, *(one for holder in self.holders for one in holder.findings)]))

    @cached_property
    def holders(self) -> list[Box | Frame]:
        """All boxes, then all frames."""
        return [*self.boxes, *self.frames]

    @cached_property
    def members(self) -> Mapping[str, list[Box | Frame]]:
        """What stands directly in each frame, and in none (the empty id)."""
        found: dict[str, list[Box | Frame]] = {"": [], **{frame.id: [] for frame in self.frames}}
        for one in self.holders:
            found[one.frame].append(one)
        return found
