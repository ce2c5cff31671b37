"""Whether several replicas of one configuration read the same."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.graph.model import Node
from compiler.graph.read import attribute, block, blocks, constant, text, written
from compiler.graph.references import words
from compiler.lint.flow.relabel import rules_of
from compiler.lint.module import Module
from compiler.syntax.tree import Array, Call, Expression, Object, Paren

__all__ = ["NO_CLUSTER", "discovers_whole_cluster", "shared_targets", "shares"]

NO_CLUSTER = "kmon forms no cluster: move it to a workload with one replica, or write `runtime: alloy` and cluster that"
_HERE = ("localhost", "127.", "[::1]")
_NODE_OF_POD = "__meta_kubernetes_pod_node_name"


def shares(node: Node, clusters: bool) -> bool:
    """Whether the replicas share the work, or may do so: `clusters` says whether they can know each other."""
    names = ("clustering", "node_filter") if clusters else ("node_filter",)
    return any(
        found is not None and written(found, "enabled") is not False
        for found in (block(node.block, name) for name in names)
    )


def discovers_whole_cluster(node: Node, module: Module) -> bool:
    """Whether a `discovery.kubernetes` finds, in each pod of a DaemonSet, the pods of all nodes."""
    if module.place.kind != "daemonset" or text(node.block, "role") != "pod":
        return False
    return not _selects(node) and not any(map(_limits, module.behind(node)))


def _selects(node: Node) -> bool:
    """Whether a selector names the node, or chooses pods by their labels."""
    for selector in blocks(node.block, "selectors"):
        for name in ("field", "label"):
            found = attribute(selector, name)
            if found is not None and (name == "label" or "nodeName" in found.value.span.text):
                return True
    return False


def _limits(node: Node | None) -> bool:
    """Whether a component takes its share of the targets, or those of its own node."""
    if node is None:
        return False
    clustering = block(node.block, "clustering")
    if clustering is not None and written(clustering, "enabled") not in (None, False):
        return True
    return node.type == "discovery.relabel" and any(
        one.action in ("keep", "keepequal") and any(name == _NODE_OF_POD for name, _ in one.sources)
        for one in rules_of(node.block)
    )


def shared_targets(module: Module, expression: Expression) -> bool:
    """Whether the list is sure to hold what every replica finds: nothing limits it to the own node, pod or share."""
    return any(_shared(module, one) for one in _lists(expression))


def _lists(expression: Expression) -> Iterator[Expression]:
    match expression:
        case Paren(inner=inner):
            yield from _lists(inner)
        case Call(value=function, arguments=arguments) if words(function) == ("array", "concat"):
            for argument in arguments:
                yield from _lists(argument)
        case _:
            yield expression


def _shared(module: Module, expression: Expression) -> bool:
    if isinstance(expression, Array):
        return any(_elsewhere(element) for element in expression.elements)
    names = words(expression) or ()
    node = module.graph.nodes.get(".".join(names[:-1]))
    if node is None or not node.type.startswith("discovery."):
        return False
    if node.type == "discovery.relabel":
        targets = attribute(node.block, "targets")
        return targets is not None and not _chooses(node) and shared_targets(module, targets.value)
    # What runs on the own machine is found by these alone.
    return node.type not in ("discovery.docker", "discovery.process", "discovery.kubelet") and not _own_node(node)


def _elsewhere(element: Expression) -> bool:
    """Whether a target that is written out is not on the own machine."""
    if not isinstance(element, Object):
        return False
    for field in element.fields:
        if field.name.text == "__address__":
            address = constant(field.value)
            return isinstance(address, str) and not address.startswith(_HERE)
    return False


def _chooses(node: Node) -> bool:
    """Whether rules choose by node, or by a share of a hash."""
    for one in rules_of(node.block):
        if one.action == "hashmod" or one.action is None:
            return True
        if one.action in ("keep", "keepequal", "drop", "dropequal") and any("node" in name for name, _ in one.sources):
            return True
        # A value that is not the same everywhere, such as the name of the node.
        if one.action in ("keep", "drop") and one.regex is None:
            return True
    return False


def _own_node(node: Node) -> bool:
    """Whether a selector is made of something that is not the same everywhere."""
    for selector in blocks(node.block, "selectors"):
        for found in selector.body.attributes:
            if not isinstance(constant(found.value), str):
                return True
    return False
