"""What `kmon graph` draws: configurations and the collectors of values, with the findings of lint."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from compiler.catalog import load_catalog
from compiler.check import check_graph
from compiler.diagnostics import Diagnostic, Diagnostics, Severity, Source
from compiler.drawing import Diagram, unfold
from compiler.graph import build_graph
from compiler.graph.library import folder_of
from compiler.lint import Selection, lint
from compiler.pipeline import Collector, compile_values
from compiler.syntax import parse
from kmon.linting import Inputs, lint_values

__all__ = ["diagrams_of", "draw_collector"]


def diagrams_of(
    inputs: Inputs, *, stability: str, community: bool, open_modules: bool
) -> tuple[list[Diagram], list[Diagnostic]]:
    """A diagram for each configuration whose syntax is right, and for each collector of values without errors; and
    everything that was found, by file and position. Findings below warning are left out.

    Raises `TooManyBoxesError`.
    """
    diagrams: list[Diagram] = []
    found: list[Diagnostic] = []
    for sources in inputs.configurations:
        diagnostics = Diagnostics()
        diagram = _configuration(sources, diagnostics, stability, community, open_modules)
        diagrams += [] if diagram is None else [diagram]
        found += diagnostics
    for values in inputs.values:
        rendering = compile_values(values)
        findings = _serious(lint_values(values, rendering, Selection()))
        diagrams += [draw_collector(one, findings, open_modules=open_modules) for one in rendering.collectors]
        found += findings
    return diagrams, sorted(dict.fromkeys(found), key=lambda one: one.sort_key)


def draw_collector(collector: Collector, findings: Iterable[Diagnostic] = (), *, open_modules: bool = False) -> Diagram:
    """The diagram of what one collector runs; findings that are not about its text are left out."""
    mine = [one for one in findings if collector.file.source.name in _files(one)]
    return unfold(collector.graph, mine, name=collector.name, note=collector.kind, open_modules=open_modules)


def _configuration(
    sources: Sequence[Source], diagnostics: Diagnostics, stability: str, community: bool, open_modules: bool
) -> Diagram | None:
    files = [parse(source, diagnostics) for source in sources]
    if diagnostics.errors:
        return None
    name = sources[0].name
    graph = build_graph(
        files,
        load_catalog(),
        diagnostics,
        stability=stability,
        community=community,
        module_path=None if name == "<stdin>" else folder_of(name),
    )
    check_graph(graph, diagnostics)
    diagnostics.extend(_serious(lint(files, Diagnostics(), checked=True)))
    title = name if len(sources) == 1 else folder_of(name)
    return unfold(graph, diagnostics, name=title, open_modules=open_modules)


def _serious(findings: Iterable[Diagnostic]) -> list[Diagnostic]:
    return [one for one in findings if one.severity >= Severity.WARNING]


def _files(one: Diagnostic) -> set[str]:
    """The texts that a finding is about."""
    return {span.file for span in (one.span, *(note.span for note in one.notes)) if span is not None}
