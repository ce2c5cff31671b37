"""Objects as an API server sends them: with nulls, without status, with much that nobody reads."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from runtime.kubernetes.objects import KINDS, EndpointSlice, Event, Ingress, KubernetesObject, Node, Pod


def decoded(kind: type[KubernetesObject], **fields: Any) -> Any:
    metadata = {"name": "a", "namespace": "n", "managedFields": [{"manager": "kubectl"}], **fields.pop("metadata", {})}
    return msgspec.json.decode(json.dumps({"metadata": metadata, **fields}), type=kind)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_read_without_spec_and_status(kind: type[KubernetesObject]) -> None:
    assert decoded(kind).key == "n/a"


def test_an_object_of_the_cluster_has_its_name_as_key() -> None:
    assert decoded(Node, metadata={"namespace": ""}).key == "a"


def test_null_is_as_good_as_missing() -> None:
    assert decoded(EndpointSlice, endpoints=None, ports=None) == decoded(EndpointSlice)


def test_paths_are_those_of_the_api() -> None:
    assert Pod.resource.path() == "/api/v1/pods"
    assert Ingress.resource.path("n", "a") == "/apis/networking.k8s.io/v1/namespaces/n/ingresses/a"
    assert Node.resource.path("n") == "/api/v1/nodes"


def test_texts_that_pods_share_are_stored_once() -> None:
    one, other = (
        decoded(Pod, metadata={"name": name, "labels": {"app": "w" * 100}}, spec={"nodeName": "node " * 9})
        for name in "ab"
    )
    assert one.metadata.labels["app"] is other.metadata.labels["app"]
    assert one.spec.node_name is other.spec.node_name


def test_only_the_ready_condition_of_a_pod_is_kept() -> None:
    conditions = [{"type": name, "status": "True"} for name in ("Initialized", "Ready", "PodScheduled")]
    assert [one.type for one in decoded(Pod, status={"conditions": conditions}).status.conditions] == ["Ready"]


def test_an_event_of_another_version_alone_is_the_same_event() -> None:
    event = decoded(Event, reason="r", metadata={"resourceVersion": "1"})
    assert event.same(decoded(Event, reason="r", metadata={"resourceVersion": "2", "annotations": {"a": "b"}}))
    assert not event.same(decoded(Event, reason="r", count=2, metadata={"resourceVersion": "2"}))
