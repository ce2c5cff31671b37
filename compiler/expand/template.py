"""Renders a preset's template into lines that know where they come from: template line and values key.

Before it is compiled, each line of a template's own text gets a mark with its file and number; printed values carry the
mark of their origin (`compiler.expand.printing`). Both are read from the output and taken out of it. What presets have in
common stands in `presets/shared/` and is included by its path below `presets/`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template, Undefined, pass_context
from jinja2.runtime import Context

from compiler import resources
from compiler.expand import idioms
from compiler.expand.printing import Printer, Raw, raw
from compiler.values.document import Origin

__all__ = ["RenderedLine", "render_template"]

_MARK = re.compile("\0([LOE])([^;]*);")


@dataclass(frozen=True, slots=True)
class RenderedLine:
    """A line of Alloy text; `preset` is `file:line` of the template, empty for what stands in no template."""

    text: str
    preset: str
    origin: Origin | None


@pass_context
def _finalize(context: Context, value: object) -> str:
    printer = context["printer"]
    assert isinstance(printer, Printer)
    return str(value) if isinstance(value, Undefined) else printer(value)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(lambda name: _numbered(name, (resources.presets() / name).read_text(encoding="utf-8"))),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_finalize,
        autoescape=False,
    )
    environment.globals.update(idioms.FUNCTIONS)
    environment.filters.update(idioms.FILTERS)
    environment.filters["text"] = _text
    return environment


def _text(value: object) -> Raw:
    return raw(str(value))


def render_template(path: Path, context: Mapping[str, Any], default: Origin) -> list[RenderedLine]:
    """The template's lines. A line without an origin of its own has `default`: the key that switched the whole on."""
    printer = Printer()
    name = "/".join(path.parts[-3:] if path.parent.parent.name == "destinations" else path.parts[-2:])
    text = _template(name, path.read_text(encoding="utf-8")).render(**context, printer=printer)
    return _read_marks(text, name, printer.origins, default)


@cache
def _template(name: str, source: str) -> Template:
    return _environment().from_string(_numbered(name, source))


def _numbered(name: str, source: str) -> str:
    """The template `name` with a mark before the end of each line of plain text."""
    pieces = []
    for line, kind, value in _environment().lexer.tokeniter(source, None):
        if kind != "data":
            pieces.append(value)
            continue
        rows = value.split("\n")
        marked = [f"{row}\0L{name}:{line + at};" for at, row in enumerate(rows[:-1])]
        pieces.append("\n".join([*marked, rows[-1]]))
    return "".join(pieces)


def _read_marks(text: str, name: str, origins: list[Origin], default: Origin) -> list[RenderedLine]:
    lines: list[RenderedLine] = []
    pending: list[tuple[str, Origin, bool]] = []
    for line in text.split("\n"):
        origin, place, empty = default, "", False
        for kind, value in _MARK.findall(line):
            match kind:
                case "O":
                    origin = origins[int(value)]
                case "L":
                    place = value
                case _:
                    empty = True
        bare = _MARK.sub("", line).rstrip()
        pending.append((bare, origin, empty and not bare.strip()))
        if place:
            lines += [RenderedLine(row, place, key) for row, key, gone in pending if not gone]
            pending = []
    lines += [RenderedLine(row, name, key) for row, key, gone in pending if row and not gone]
    return lines
