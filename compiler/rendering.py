"""What a compile makes: the types that stand between it and everything that prints, runs or deploys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from compiler.deploy.settings import Settings
from compiler.diagnostics import Diagnostic, Diagnostics, Note, Span
from compiler.evaluate.types import Secret
from compiler.expand import RenderedLine
from compiler.graph import Graph
from compiler.syntax.tree import File
from compiler.values import Origin

__all__ = ["Collector", "Rendering", "at_values"]


@dataclass(frozen=True, slots=True)
class Collector:
    """One workload and what it runs.

    `kind` is daemonset, deployment or statefulset; `settings` what is said about the workload. `lines` holds for each
    line of the text where it comes from.
    """

    name: str
    kind: str
    singleton: bool
    settings: Settings
    file: File
    graph: Graph
    lines: tuple[RenderedLine, ...]

    @property
    def text(self) -> str:
        return self.file.source.text


@dataclass(frozen=True, slots=True)
class Rendering:
    """What a compile made. `collectors` is empty when there are errors.

    `environment` holds the secrets that stood literally in the values, by the variable from which the text reads them.
    `namespace` is where the collectors run; empty when nobody said it.
    """

    collectors: tuple[Collector, ...] = ()
    diagnostics: Diagnostics = field(default_factory=Diagnostics)
    environment: Mapping[str, Secret] = field(default_factory=dict)
    namespace: str = ""

    def collector(self, name: str) -> Collector | None:
        return next((collector for collector in self.collectors if collector.name == name), None)


def at_values(diagnostic: Diagnostic, lines: Sequence[RenderedLine]) -> Diagnostic:
    """A finding about rendered text, with its place in the values; the values key and the rendered text become notes."""
    # The edits of a fix would stand in the rendered text, which is rendered again.
    diagnostic = replace(diagnostic, fix=())
    span = diagnostic.span
    origin = _origin(span, lines) if span is not None else None
    if span is None or origin is None:
        return diagnostic
    place = _values_span(span, lines)
    if place is None:
        return replace(diagnostic, notes=(*diagnostic.notes, Note(f"from the default of `{origin.key}`")))
    notes = [
        replace(note, span=note.span and (_values_span(note.span, lines) or note.span)) for note in diagnostic.notes
    ]
    notes += [Note(f"from `{origin.key}`"), Note("rendered here", span, rendered=True)]
    return replace(diagnostic, span=place, notes=tuple(notes))


def _origin(span: Span, lines: Sequence[RenderedLine]) -> Origin | None:
    number = span.position[0]
    return lines[number - 1].origin if number <= len(lines) else None


def _values_span(span: Span, lines: Sequence[RenderedLine]) -> Span | None:
    """Where the values say what stands at `span` of the rendered text: to the word when they hold the same text, else
    the key behind the line. None when the line comes from a default."""
    origin = _origin(span, lines)
    if origin is None or origin.span is None:
        return None
    text = span.source.text[span.start : span.end].partition("\n")[0]
    values = origin.span.source.text
    at = values.find(text, origin.span.start, origin.span.end) if text else -1
    return Span(origin.span.source, at, at + len(text)) if at >= 0 else origin.span
