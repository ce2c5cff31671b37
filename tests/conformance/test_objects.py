"""Objects of a case on the real API server."""

from __future__ import annotations

import pytest

from tests.conformance.case import Step
from tests.conformance.objects import Objects
from tests.e2e.cluster.client import ApiError
from tests.e2e.cluster.server import ApiServer

NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "${NS}"}}


def pod(phase: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "${NS}"},
        "spec": {"containers": [{"name": "app", "image": "registry.local/app:1"}]},
        "status": {"phase": phase, "podIP": "10.0.0.1"},
    }


async def test_objects_are_made_changed_and_cleared(api_server: ApiServer) -> None:
    objects, client = Objects(api_server), api_server.client()
    place = f"/api/v1/namespaces/{objects.namespace}/pods"
    await objects.create([NAMESPACE])
    await objects.change(Step(create=pod("Pending")))
    await objects.change(Step(patch={**pod("Running"), "spec": {}}))
    (found,) = client.request("GET", place)["items"]
    assert found["status"]["phase"] == "Running"
    await objects.change(Step(delete=pod("Running")))
    assert client.request("GET", place)["items"] == []
    await objects.create([pod("Pending")])
    await objects.clear()
    with pytest.raises(ApiError, match="NotFound"):
        client.request("GET", f"/api/v1/namespaces/{objects.namespace}")
    assert client.request("GET", place)["items"] == []
