"""Lint over what a compile made: each text where it runs, and the workloads themselves."""

from __future__ import annotations

from compiler.deployment import workloads
from compiler.diagnostics import Diagnostics
from compiler.lint import Cluster, Place, Selection, lint
from compiler.rendering import Rendering, at_values

__all__ = ["lint_rendering"]


def lint_rendering(rendering: Rendering, selection: Selection, cluster: Cluster | None = None) -> Diagnostics:
    """What lint finds in the texts of all collectors and in their workloads, with its place in the values. What the compile
    found is left out."""
    found = Diagnostics()
    for collector, workload in zip(rendering.collectors, workloads(rendering, found), strict=True):
        place = Place.of(workload, cluster)
        for one in lint([collector.file], Diagnostics(), place=place, selection=selection, checked=True):
            inside = one.span is not None and one.span.source is collector.file.source
            found.extend([at_values(one, collector.lines) if inside else one])
    return Diagnostics([one for one in dict.fromkeys(found) if selection.wants(one.code)])
