"""A change makes only those targets anew that it touches; what comes out equal stays the same object."""

from __future__ import annotations

from typing import Any

import pytest

from compiler.evaluate.types import Target
from runtime.components.discovery._kubernetes import ROLES, Groups, endpoints, pod
from runtime.kubernetes.objects import Endpoints, KubernetesObject, Metadata, Node, Pod, Service
from runtime.kubernetes.objects.meta import ObjectReference
from runtime.kubernetes.objects.pod import Container, PodSpec, PodStatus
from runtime.kubernetes.objects.service import EndpointAddress, EndpointPort, EndpointSubset


def make_pod(name: str, node: str = "n1", ip: str = "10.0.0.1") -> Pod:
    spec = PodSpec(node_name=node, containers=[Container(name="c")])
    return Pod(metadata=Metadata(name=name, namespace="d"), spec=spec, status=PodStatus(pod_ip=ip))


def make_node(name: str, **labels: str) -> Node:
    return Node(metadata=Metadata(name=name, labels=labels))


def keyed(*items: KubernetesObject) -> dict[str, Any]:
    return {item.key: item for item in items}


def made(role: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys of the objects that targets are made of from now on."""
    keys: list[str] = []
    original = role.targets

    def counted(item: KubernetesObject, look: Any) -> Any:
        keys.append(item.key)
        return original(item, look)

    monkeypatch.setattr(
        role, "ROLE", role.ROLE.__class__(role.ROLE.name, role.ROLE.kind, counted, role.ROLE.beside, True)
    )
    return keys


def test_a_node_touches_its_own_pods_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = made(pod, monkeypatch)
    pods, nodes = (
        keyed(make_pod("a"), make_pod("b", "n2"), make_pod("c", "n3")),
        keyed(make_node("n1"), make_node("n2")),
    )
    groups = Groups(pod.ROLE, {Pod: pods, Node: nodes})
    groups.changed(Pod, pods)
    first = {target["__meta_kubernetes_pod_name"]: target for target in groups.targets()}
    assert sorted(first) == ["a", "b"]
    keys.clear()
    nodes["n2"] = make_node("n2", zone="x")
    groups.changed(Node, ["n2"])
    second = {target["__meta_kubernetes_pod_name"]: target for target in groups.targets()}
    assert keys == ["d/b"]
    assert second["a"] is first["a"]
    assert second["b"]["__meta_kubernetes_node_label_zone"] == "x"
    # A node that nobody has seen yet completes the pod that looked for it.
    nodes["n3"] = make_node("n3")
    groups.changed(Node, ["n3"])
    assert len(groups.targets()) == 3


def test_a_target_that_comes_out_equal_is_the_same_object() -> None:
    pods = keyed(make_pod("a"))
    groups = Groups(ROLES["pod"], {Pod: pods})
    groups.changed(Pod, pods)
    (before,) = groups.targets()
    pods["d/a"] = make_pod("a")
    groups.changed(Pod, pods)
    (after,) = groups.targets()
    assert after is before


def test_what_is_deleted_is_gone_and_touches_nobody_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = made(endpoints, monkeypatch)
    reference = ObjectReference(kind="Pod", name="a")
    subset = EndpointSubset(
        addresses=[EndpointAddress(ip="10.0.0.1", target_ref=reference)], ports=[EndpointPort(port=1)]
    )
    items = keyed(Endpoints(metadata=Metadata(name="e", namespace="d"), subsets=[subset]))
    pods = keyed(make_pod("a"))
    groups = Groups(endpoints.ROLE, {Endpoints: items, Pod: pods, Service: {}})
    groups.changed(Endpoints, items)
    assert [target["__meta_kubernetes_pod_name"] for target in groups.targets()] == ["a"]
    del pods["d/a"]
    groups.changed(Pod, ["d/a"])
    assert [target.get("__meta_kubernetes_pod_name") for target in groups.targets()] == [None]
    items.clear()
    groups.changed(Endpoints, ["d/e"])
    assert groups.targets() == []
    keys.clear()
    groups.changed(Pod, ["d/a"])
    assert groups.targets() == []
    assert keys == []


def test_targets_are_equal_by_their_labels_in_any_order() -> None:
    one, other = Target({"a": "1", "b": "2"}), Target([("b", "2"), ("a", "1")])
    assert one == other
    assert hash(one) == hash(other)
    assert (list(one), dict(other), len(one), "a" in one, "c" in one) == (
        ["a", "b"],
        {"b": "2", "a": "1"},
        2,
        True,
        False,
    )
    assert one != Target({"a": "1", "b": "3"})
    assert one != Target({"a": "1", "c": "2"})
    assert (one.get("c"), one.get("c", ""), one.get("b")) == (None, "", "2")
    with pytest.raises(KeyError):
        one["c"]
