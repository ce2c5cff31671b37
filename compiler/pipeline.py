"""The compile: values in, one Alloy text a collector out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from compiler.catalog import load_catalog
from compiler.check import check_graph
from compiler.diagnostics import Diagnostics, Source, Span
from compiler.evaluate.types import Secret
from compiler.expand import (
    CollectorPlan,
    RenderedLine,
    assemble,
    carry_origins,
    check_snippets,
    make_plan,
)
from compiler.graph import Graph, build_graph
from compiler.rendering import Collector, Rendering, at_values
from compiler.syntax import format_file, parse
from compiler.syntax.tree import File
from compiler.values import (
    MapNode,
    apply_set,
    apply_set_file,
    apply_set_string,
    load,
    merge,
    report_unused,
    validate,
)

__all__ = ["Collector", "Rendering", "Values", "at_values", "compile_values"]


@dataclass(frozen=True, slots=True)
class Values:
    """Values as written: files in the order of `-f`, then the assignments of `--set`, `--set-string`, `--set-file`."""

    files: Sequence[Source] = ()
    sets: Sequence[str] = ()
    set_strings: Sequence[str] = ()
    set_files: Sequence[str] = ()


def compile_values(values: Values, *, allow_unknown: bool = False, namespace: str = "") -> Rendering:
    """Values → Rendering, all findings collected.

    Raises `OSError` when a `--set-file` cannot be read, or is not UTF-8.
    """
    diagnostics = Diagnostics()
    environment: dict[str, Secret] = {}
    collectors: list[Collector] = []
    user = load_and_merge(values, diagnostics)
    if not diagnostics.errors:
        document = validate(user, diagnostics, allow_unknown=allow_unknown)
        check_snippets(document, diagnostics)
        plan = make_plan(document, diagnostics)
    if not diagnostics.errors:
        for planned in plan.collectors:
            rendered = assemble(plan, planned, namespace, environment, diagnostics)
            file, lines = write(planned.name, rendered, diagnostics)
            graph = resolve_and_check(file, lines, diagnostics)
            collectors.append(_collector(planned, file, graph, lines))
        report_unused(document, diagnostics)
    made = () if diagnostics.errors else tuple(collectors)
    return Rendering(made, _once(diagnostics), environment, namespace)


def load_and_merge(values: Values, diagnostics: Diagnostics) -> MapNode:
    """Values → one tree, merged in Helm's order."""
    merged = MapNode({}, Span(values.files[0] if values.files else Source("values", ""), 0, 0))
    for source in values.files:
        merged = merge(merged, load(source, diagnostics))
    for apply, texts in (
        (apply_set, values.sets),
        (apply_set_string, values.set_strings),
        (apply_set_file, values.set_files),
    ):
        for text in texts:
            merged = apply(merged, text, diagnostics)
    return merged


def write(name: str, rendered: list[RenderedLine], diagnostics: Diagnostics) -> tuple[File, tuple[RenderedLine, ...]]:
    """Rendered lines → the canonical file, and the origin of each of its lines."""
    found = Diagnostics()
    text = "".join(line.text + "\n" for line in rendered)
    raw = parse(Source(f"{name}.alloy", text), found)
    diagnostics.extend(at_values(diagnostic, rendered) for diagnostic in found)
    file = parse(Source(f"{name}.alloy", format_file(raw)), Diagnostics())
    return file, tuple(carry_origins(raw, rendered, file))


def resolve_and_check(file: File, lines: Sequence[RenderedLine], diagnostics: Diagnostics) -> Graph:
    """File → graph, checked; what is found about a line points to the values key behind it."""
    found = Diagnostics()
    graph = build_graph([file], load_catalog(), found)
    check_graph(graph, found)
    diagnostics.extend(at_values(diagnostic, lines) for diagnostic in found)
    return graph


def _collector(planned: CollectorPlan, file: File, graph: Graph, lines: tuple[RenderedLine, ...]) -> Collector:
    return Collector(planned.name, planned.kind, planned.singleton, planned.settings, file, graph, lines)


def _once(diagnostics: Diagnostics) -> Diagnostics:
    """Without repetitions: a destination that two collectors render is found wrong twice."""
    return Diagnostics(list(dict.fromkeys(diagnostics.found)))
