"""What `kmon inventory` records: the kinds of objects that configurations need, from a live cluster."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from compiler.catalog import load_catalog
from compiler.deploy.arguments import fulfils
from compiler.deploy.permissions import all_nodes
from compiler.deploy.requirements import Resource, load_requirements
from compiler.diagnostics import Diagnostics
from compiler.graph import build_graph
from compiler.graph.model import Graph
from compiler.pipeline import compile_values
from compiler.syntax import parse
from kmon.linting import Inputs
from runtime.component import ComponentError
from runtime.kubernetes.arguments import ConnectionArguments
from runtime.kubernetes.namespaces import may_exist
from runtime.kubernetes.objects import KINDS, ConfigMap, KubernetesObject, Secret
from runtime.kubernetes.recording import record
from runtime.kubernetes.source import ApiError, ObjectSource

__all__ = ["DEFAULT_KINDS", "connection", "kinds_of", "recorded"]

DEFAULT_KINDS = tuple(kind for kind in KINDS if kind not in (ConfigMap, Secret))
"""What is recorded without a configuration: what discovery and events read."""


def kinds_of(inputs: Inputs) -> tuple[tuple[type[KubernetesObject], ...], list[str], Diagnostics]:
    """The kinds that components read, wherever they read them from; resources that no inventory holds; what is broken."""
    diagnostics = Diagnostics()
    graphs: list[Graph] = []
    for sources in inputs.configurations:
        files = [parse(source, diagnostics) for source in sources]
        graphs.append(build_graph(files, load_catalog(), diagnostics, stability="experimental", community=True))
    for values in inputs.values:
        rendering = compile_values(values)
        diagnostics.extend(rendering.diagnostics)
        graphs += [collector.graph for collector in rendering.collectors]
    needed = {resource for graph in graphs for resource in _resources(graph)}
    known = {(kind.resource.group, kind.resource.plural): kind for kind in KINDS}
    unknown = sorted(str(one) for one in needed if (one.group, one.name.partition("/")[0]) not in known)
    wanted = {known.get((one.group, one.name.partition("/")[0])) for one in needed}
    return tuple(kind for kind in KINDS if kind in wanted), unknown, diagnostics


def _resources(graph: Graph) -> Iterable[Resource]:
    known = load_requirements()
    for _, node in all_nodes(graph):
        requirement = known.get(node.type)
        for need in requirement.needs if requirement is not None else ():
            if fulfils(node, need.when):
                yield from need.resources


def connection(kubeconfig: str) -> ConnectionArguments:
    """As kubectl finds it: the file given, `KUBECONFIG`, the one in the home folder; else a pod's service account. Raises
    `ComponentError`."""
    files = [kubeconfig] if kubeconfig else list(filter(None, os.environ.get("KUBECONFIG", "").split(os.pathsep)))
    if len(files) > 1:
        raise ComponentError(
            "KUBECONFIG names several files, which are not merged: choose one with `--kubeconfig FILE`"
        )
    home = Path.home() / ".kube" / "config"
    if not files and home.exists():
        files = [str(home)]
    if not files and not os.environ.get("KUBERNETES_SERVICE_HOST"):
        raise ComponentError("there is no kubeconfig: give one with `--kubeconfig FILE`")
    return ConnectionArguments(kubeconfig_file="".join(files))


async def recorded(
    source: ObjectSource,
    kinds: Iterable[type[KubernetesObject]],
    namespaces: Sequence[str],
    problem: Callable[[str], None],
) -> AsyncIterator[dict[str, Any]]:
    """The objects of all kinds; a kind that is refused, or a namespace that does not exist, is a `problem`, and all else comes
    nevertheless."""
    for namespace in namespaces:
        if not await may_exist(source.request, namespace):
            problem(f"there is no namespace `{namespace}`")
    for kind in kinds:
        for namespace in namespaces if kind.resource.namespaced and namespaces else ("",):
            try:
                async for item in record(source, kind, namespace):
                    yield item
            except ApiError as error:
                problem(str(error))
