"""The fixtures, for the conftest.py of every folder that wants them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.cluster.binaries import MissingError
from tests.e2e.cluster.cluster import Cluster
from tests.e2e.cluster.kubelet import Kubelet
from tests.e2e.cluster.proxy import Proxy
from tests.e2e.cluster.server import ApiServer
from tests.e2e.cluster.shared import joined

__all__ = ["api_server", "kubelet", "namespace", "own_cluster", "proxy"]


@pytest.fixture(scope="session")
def api_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """The one of this run, shared by all tests and workers: nobody restarts it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    try:
        with joined(shared / "cluster") as server:
            yield server
    except MissingError as missing:
        pytest.skip(str(missing))


@pytest.fixture
def namespace(api_server: ApiServer) -> Iterator[str]:
    """The name of a new namespace, deleted in the end."""
    name = f"test-{secrets.token_hex(4)}"
    made = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    client = api_server.client()
    client.create(made)
    yield name
    client.delete(made)


@pytest.fixture
def kubelet(api_server: ApiServer) -> Iterator[Kubelet]:
    """A node of its own for the test."""
    with Kubelet(api_server, f"node-{secrets.token_hex(4)}") as running:
        yield running


@pytest.fixture
def proxy(api_server: ApiServer) -> Iterator[Proxy]:
    with Proxy(api_server) as running:
        yield running


@pytest.fixture
def own_cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster for this test alone, to be killed, restarted and compacted."""
    try:
        cluster = Cluster(tmp_path / "cluster")
    except MissingError as missing:
        pytest.skip(str(missing))
    with cluster:
        yield cluster
