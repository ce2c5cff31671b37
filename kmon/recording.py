"""What `kmon inventory` records: the objects that configurations need, from a live cluster."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compiler.catalog import load_catalog
from compiler.deploy.arguments import fulfils, values_at
from compiler.deploy.permissions import all_nodes
from compiler.deploy.requirements import Requirement, Resource, load_requirements
from compiler.diagnostics import Diagnostics
from compiler.graph import build_graph
from compiler.graph.model import Graph, Node
from compiler.pipeline import compile_values
from compiler.syntax import parse
from kmon.linting import Inputs
from runtime.component import ComponentError
from runtime.kubernetes.arguments import ConnectionArguments
from runtime.kubernetes.namespaces import may_exist
from runtime.kubernetes.objects import KINDS, ConfigMap, KubernetesObject, Secret
from runtime.kubernetes.recording import record, record_one
from runtime.kubernetes.source import ApiError, ObjectSource

__all__ = ["DEFAULT", "Wanted", "connection", "recorded", "wanted_by"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Objects of a kind: those of these namespaces and names, None for all."""

    kind: type[KubernetesObject]
    names: frozenset[tuple[str, str]] | None = None


DEFAULT = tuple(Wanted(kind) for kind in KINDS if kind not in (ConfigMap, Secret))
"""What is recorded without a configuration: what discovery and events read."""


def wanted_by(inputs: Inputs) -> tuple[tuple[Wanted, ...], list[str], Diagnostics]:
    """The objects that components read, wherever they read them from; resources that no inventory holds; what is broken."""
    diagnostics = Diagnostics()
    graphs: list[Graph] = []
    for sources in inputs.configurations:
        files = [parse(source, diagnostics) for source in sources]
        graphs.append(build_graph(files, load_catalog(), diagnostics, stability="experimental", community=True))
    for values in inputs.values:
        rendering = compile_values(values)
        diagnostics.extend(rendering.diagnostics)
        graphs += [collector.graph for collector in rendering.collectors]
    known = {(kind.resource.group, kind.resource.plural): kind for kind in KINDS}
    unknown: set[str] = set()
    names: dict[type[KubernetesObject], list[tuple[str, str] | None]] = {}
    for resource, name in (need for graph in graphs for need in _needs(graph)):
        kind = known.get((resource.group, resource.name.partition("/")[0]))
        if kind is None:
            unknown.add(str(resource))
        else:
            names.setdefault(kind, []).append(name)
    found = tuple(Wanted(kind, _all_named(names[kind])) for kind in KINDS if kind in names)
    return found, sorted(unknown), diagnostics


def _all_named(names: Iterable[tuple[str, str] | None]) -> frozenset[tuple[str, str]] | None:
    """None where one of them stands for all objects."""
    found = list(names)
    named = frozenset(one for one in found if one is not None)
    return None if None in found else named


def _needs(graph: Graph) -> Iterator[tuple[Resource, tuple[str, str] | None]]:
    """What is read, with namespace and name where it is one object that the configuration names."""
    known = load_requirements()
    for _, node in all_nodes(graph):
        requirement = known.get(node.type)
        for need in requirement.needs if requirement is not None else ():
            if fulfils(node, need.when):
                name = _name(node, requirement) if requirement is not None and requirement.names else None
                yield from ((resource, name) for resource in need.resources)


def _name(node: Node, requirement: Requirement) -> tuple[str, str] | None:
    match [*values_at(node, requirement.namespaces), *values_at(node, requirement.names)]:
        case [str(namespace), str(name)]:
            return namespace, name
        case _:
            return None


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
    wanted: Iterable[Wanted],
    namespaces: Sequence[str],
    problem: Callable[[str], None],
) -> AsyncIterator[dict[str, Any]]:
    """All that is wanted and in `namespaces`, if there are any. What is refused, or does not exist, is a `problem`, and all else
    comes nevertheless."""
    for namespace in namespaces:
        if not await may_exist(source.request, namespace):
            problem(f"there is no namespace `{namespace}`")
    for one in wanted:
        for recording in _recordings(source, one, namespaces if one.kind.resource.namespaced else ()):
            try:
                async for item in recording:
                    yield item
            except ApiError as error:
                problem(str(error))


def _recordings(
    source: ObjectSource, wanted: Wanted, namespaces: Sequence[str]
) -> Iterator[AsyncIterator[dict[str, Any]]]:
    if wanted.names is None:
        yield from (record(source, wanted.kind, namespace) for namespace in namespaces or ("",))
        return
    for namespace, name in sorted(wanted.names):
        if not namespaces or namespace in namespaces:
            yield record_one(source, wanted.kind, namespace, name)
