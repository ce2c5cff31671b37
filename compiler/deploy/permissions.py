"""Graph → permissions: every verb that its components ask the API server for, where, and on what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from compiler.deploy.arguments import bodies, fulfils, values_at
from compiler.deploy.requirements import Need, Requirement, Resource, load_requirements
from compiler.graph.model import Graph, Node
from compiler.graph.read import UNKNOWN, text

__all__ = [
    "OWN_NAMESPACE",
    "TOKEN_FILE",
    "TOKEN_FOLDER",
    "Permission",
    "all_nodes",
    "described",
    "discoveries",
    "permissions",
    "place_name",
]

TOKEN_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount"
TOKEN_FILE = f"{TOKEN_FOLDER}/token"
OWN_NAMESPACE = "(own)"
"""The namespace in which the process runs, where its name is not known."""


@dataclass(frozen=True, slots=True, order=True)
class Permission:
    """One verb on one resource, or `get` on the path `url` of something that reviews the token.

    `namespace` is empty for all of them, and for what belongs to none. With `known` false it is only known when the
    process runs. `name` is empty for all objects.
    """

    verb: str
    resource: Resource
    namespace: str = ""
    name: str = ""
    url: str = ""
    known: bool = True


@dataclass(frozen=True, slots=True)
class _Scope:
    namespaces: tuple[str, ...] = ("",)
    known: bool = True


_EVERYWHERE = _Scope()


def permissions(graph: Graph, own_namespace: str = OWN_NAMESPACE) -> Mapping[Permission, Node]:
    """Each permission, in order, with the first component that needs it. Modules count with what is inside."""
    known = load_requirements()
    found: dict[Permission, Node] = {}
    for inside, node in all_nodes(graph):
        requirement = known.get(node.type)
        if requirement is None or not requirement.needs or not _asks_here(node, requirement):
            continue
        for need in requirement.needs:
            if fulfils(node, need.when) and _discovered(inside, node, need):
                for one in _permissions(inside, node, requirement, need, own_namespace):
                    found.setdefault(one, node)
    return {one: found[one] for one in sorted(found)}


def described(found: Iterable[Permission]) -> tuple[str, ...]:
    """Permissions as kubectl writes them, those on the same thing together: `list,watch pods in a, b`."""
    verbs: dict[tuple[str, str], list[str]] = {}
    for one in found:
        what = (one.url or str(one.resource)) + (f"/{one.name}" if one.name else "")
        verbs.setdefault((what, place_name(one.namespace)), []).append(one.verb)
    places: dict[str, list[str]] = {}
    for (what, place), used in verbs.items():
        places.setdefault(f"{','.join(used)} {what}", []).append(place)
    return tuple(f"{what} in {', '.join(where)}" if any(where) else what for what, where in places.items())


def place_name(namespace: str) -> str:
    return "its own namespace" if namespace == OWN_NAMESPACE else namespace


def all_nodes(graph: Graph) -> Iterator[tuple[Graph, Node]]:
    """Every component with the graph around it; the body of a `declare` counts once, where it is written."""
    for node in graph.nodes.values():
        if node.schema.kind == "component" and not node.definer:
            yield graph, node
        if node.inner is not None:
            yield from all_nodes(node.inner)


def _asks_here(node: Node, requirement: Requirement) -> bool:
    """Whether the component shows the service account's token to the API server at all."""
    if not fulfils(node, requirement.when):
        return False
    if not requirement.client:
        return True
    for block, _ in bodies(node, [] if requirement.client == "." else requirement.client.split(".")):
        if block is None:
            continue
        if text(block, "kubeconfig_file", ""):
            return False
        if text(block, "api_server", "") and text(block, "bearer_token_file", "") != TOKEN_FILE:
            return False
    return True


def _permissions(
    graph: Graph, node: Node, requirement: Requirement, need: Need, own_namespace: str
) -> Iterator[Permission]:
    if need.url:
        for value in values_at(node, need.url):
            yield Permission("get", Resource("", ""), url=value if isinstance(value, str) else "*")
        return
    scope = _scope(graph, node, requirement, own_namespace)
    names = [name if isinstance(name, str) else "" for name in values_at(node, requirement.names)] or [""]
    for verb in need.verbs:
        for resource in need.resources:
            limits = _EVERYWHERE if need.everywhere or resource.cluster_scoped else scope
            for namespace in limits.namespaces:
                for name in names if requirement.names else [""]:
                    yield Permission(verb, resource, namespace, name, known=limits.known)


def _scope(graph: Graph, node: Node, requirement: Requirement, own_namespace: str) -> _Scope:
    """The namespaces that a component asks for."""
    if requirement.service:
        services = [value for value in values_at(node, requirement.service) if isinstance(value, str)]
        return _Scope(tuple(service.partition(".")[2] or own_namespace for service in services))
    if requirement.targets:
        return _of_targets(graph, node, own_namespace)
    if not requirement.namespaces:
        return _EVERYWHERE
    namespaces: list[str] = []
    for value in values_at(node, requirement.namespaces):
        for item in value if isinstance(value, list) else [value]:
            if item is UNKNOWN:
                return _Scope(("",), known=False)
            if isinstance(item, str) and item:
                namespaces.append(item)
    if requirement.own and any(value is True or value is UNKNOWN for value in values_at(node, requirement.own)):
        namespaces.append(own_namespace)
    return _Scope(tuple(dict.fromkeys(namespaces)) or ("",))


def _of_targets(graph: Graph, node: Node, own_namespace: str) -> _Scope:
    """The namespaces of all discoveries behind the targets, when each has fixed ones and nothing else gives targets."""
    namespaces: list[str] = []
    sources = list(discoveries(graph, node))
    for source in sources:
        if source.type != "discovery.kubernetes":
            return _EVERYWHERE
        scope = _scope(graph, source, load_requirements()[source.type], own_namespace)
        if "" in scope.namespaces:
            return scope
        namespaces += scope.namespaces
    return _Scope(tuple(dict.fromkeys(namespaces)) or ("",))


def discoveries(graph: Graph, node: Node) -> Iterator[Node]:
    """Where targets of a component come from: every node behind them that takes none itself."""
    seen, waiting = {node.id}, [node.id]
    producers: dict[str, list[str]] = {}
    for edge in graph.edges:
        if edge.signal == "targets":
            producers.setdefault(edge.consumer, []).append(edge.producer)
    while waiting:
        at = waiting.pop()
        before = producers.get(at, [])
        if not before and at != node.id:
            yield graph.nodes[at]
        for producer in before:
            if producer not in seen:
                seen.add(producer)
                waiting.append(producer)


def _discovered(graph: Graph, node: Node, need: Need) -> bool:
    """Whether the component has targets of the role that a need is about."""
    if not need.discovered:
        return True
    roles = [text(one.block, "role", "") or "" for one in discoveries(graph, node)]
    if need.discovered == "other":
        return not roles or any(role != "node" for role in roles)
    return need.discovered in roles
