"""Rendering → workloads: what each collector needs where it runs."""

from __future__ import annotations

from compiler.deploy.check import check_workload
from compiler.deploy.files import Reads
from compiler.deploy.needs import Needs, needs_of
from compiler.deploy.workload import Workload, make_workload
from compiler.diagnostics import Diagnostics
from compiler.graph import Graph
from compiler.graph.read import attribute
from compiler.lint.flow import Flow
from compiler.rendering import Collector, Rendering

__all__ = ["DEFAULT_NAMESPACE", "needs_of_collector", "workload_of", "workloads"]

DEFAULT_NAMESPACE = "default"
"""Where kubectl and Helm put what says no other namespace."""

_READERS = {"loki.source.file": "targets", "local.file_match": "path_targets"}


def workloads(rendering: Rendering, diagnostics: Diagnostics) -> tuple[Workload, ...]:
    """One workload for each collector; what Kubernetes would refuse is reported."""
    found = tuple(workload_of(collector, rendering) for collector in rendering.collectors)
    for workload in found:
        check_workload(workload, diagnostics)
    return found


def workload_of(collector: Collector, rendering: Rendering) -> Workload:
    namespace = rendering.namespace or DEFAULT_NAMESPACE
    needs = needs_of_collector(collector, namespace)
    return make_workload(
        collector.name,
        namespace,
        collector.kind,
        collector.singleton,
        collector.text,
        needs,
        collector.settings,
        rendering.environment,
    )


def needs_of_collector(collector: Collector, namespace: str) -> Needs:
    return needs_of(collector.graph, read_paths(collector.graph), namespace)


def read_paths(graph: Graph) -> Reads:
    """The paths of all file sources, as the flow of targets shows them, modules included."""
    flow = Flow(graph)
    patterns: list[str] = []
    known = True
    for node in graph.nodes.values():
        if node.type in _READERS and (given := attribute(node.block, _READERS[node.type])) is not None:
            targets = flow.list_of_targets(given.value)
            patterns += (path.text for path in targets.paths)
            known &= targets.known
        if node.inner is not None:
            inside = read_paths(node.inner)
            patterns += inside.patterns
            known &= inside.known
    return Reads(tuple(dict.fromkeys(patterns)), known=known)
