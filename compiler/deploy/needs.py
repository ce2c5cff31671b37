"""Graph → needs: everything that has to be there for its components to work."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from compiler.deploy.arguments import fulfils, values_at
from compiler.deploy.files import Reads
from compiler.deploy.listeners import Listener, listeners
from compiler.deploy.permissions import OWN_NAMESPACE, TOKEN_FOLDER, Permission, all_nodes, permissions
from compiler.deploy.requirements import Requirement, load_requirements
from compiler.evaluate import Duration
from compiler.graph.model import Graph, Node
from compiler.graph.read import constant, nested
from compiler.graph.references import words
from compiler.syntax.tree import Call, Expression, Statement, walk

__all__ = ["Needs", "needs_of", "variables_in"]


@dataclass(frozen=True, slots=True)
class Needs:
    """`permissions` and `variables` come with the first component that has the need."""

    permissions: Mapping[Permission, Node]
    variables: Mapping[str, Node]
    listeners: tuple[tuple[Node, Listener], ...]
    reads: Reads
    docker: bool
    """Whether lines are read as Docker writes them."""
    token: bool
    """Whether the service account's token, or what lies beside it, is read."""
    state: bool
    """Whether something is kept below the storage path that has to outlive the pod."""
    endpoints: int
    """To how many servers is sent."""
    drain_seconds: int
    host_pid: bool
    privileged: bool


def needs_of(graph: Graph, logs: Reads, own_namespace: str = OWN_NAMESPACE) -> Needs:
    """What the components of `graph`, and of the modules in it, need. `logs` is what the flow of targets shows."""
    known = load_requirements()
    nodes = [node for _, node in all_nodes(graph)]
    required = [(node, known[node.type]) for node in nodes if node.type in known]
    allowed = permissions(graph, own_namespace)
    return Needs(
        permissions=allowed,
        variables=_variables(graph),
        listeners=tuple((node, one) for node in nodes for one in listeners(node)),
        reads=_reads(required, logs),
        docker=any(block.type == "stage.docker" for node in nodes for block in nested(node.block.body)),
        token=bool(allowed) or any(TOKEN_FOLDER in _source(node) for node in nodes),
        state=any(fulfils(node, when) for node, one in required for when in one.state.values()),
        endpoints=sum(block.type == "endpoint" for node in nodes for block in nested(node.block.body)),
        drain_seconds=max((_drain(node) for node in nodes if node.type == "loki.write"), default=0),
        host_pid=any(one.host_pid for _, one in required),
        privileged=any(one.privileged for _, one in required),
    )


def _reads(required: Sequence[tuple[Node, Requirement]], logs: Reads) -> Reads:
    def texts(paths: Callable[[Requirement], Iterable[str]]) -> Iterator[str]:
        return (text for node, one in required for text in _texts(node, paths(one)))

    fixed = (path for _, one in required for path in one.host_paths)
    return Reads(
        _once((*logs.patterns, *texts(lambda one: one.host_patterns))),
        _once((*logs.folders, *fixed, *texts(lambda one: one.host_folders))),
        _once((*logs.files, *texts(lambda one: one.host_files))),
        logs.known,
    )


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def variables_in(root: Statement | Expression) -> Iterator[tuple[str, Call]]:
    """Each environment variable that is read by a constant name, with the call that reads it."""
    for call in walk(root):
        if (
            isinstance(call, Call)
            and words(call.value) in (("sys", "env"), ("env",))
            and len(call.arguments) == 1
            and isinstance(name := constant(call.arguments[0]), str)
        ):
            yield name, call


def _variables(graph: Graph) -> dict[str, Node]:
    found = {name: node for node in reversed(list(graph.nodes.values())) for name, _ in variables_in(node.block)}
    for _, node in all_nodes(graph):
        requirement = load_requirements().get(node.type)
        for variable in requirement.environment if requirement is not None else ():
            if fulfils(node, variable.when):
                names = values_at(node, variable.argument) if variable.argument else [variable.name]
                found |= {name: node for name in names if isinstance(name, str) and name not in found}
    return {name: found[name] for name in sorted(found)}


def _texts(node: Node, paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        for value in values_at(node, path):
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, str):
                    yield item


def _drain(node: Node) -> int:
    """Seconds that a write-ahead log may take to deliver what is left."""
    if not fulfils(node, {"wal.enabled": (True,)}):
        return 0
    found = 0
    for value in values_at(node, "wal.drain_timeout"):
        # A duration that is none has been reported where it stands.
        with contextlib.suppress(ValueError):
            found = max(found, int(Duration.parse(str(value)).seconds))
    return found


def _source(node: Node) -> str:
    span = node.block.span
    return span.source.text[span.start : span.end]
