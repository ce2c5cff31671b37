"""Every manifest of the golden cases is what a real API server takes: known fields, right types, valid values."""

from __future__ import annotations

from pathlib import Path

import pytest

import kmon
from compiler.deploy.manifests import objects
from compiler.deployment import workloads
from compiler.diagnostics import Diagnostics, Source
from tests.e2e.cluster.server import ApiServer

CASES = sorted((Path(__file__).parents[2] / "golden/deploy").glob("[!e]*"))


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_it_is_taken(case: Path, api_server: ApiServer, namespace: str) -> None:
    values = Source("values.yaml", (case / "values.yaml").read_text(encoding="utf-8"))
    client, found = api_server.client(), Diagnostics()
    for workload in workloads(kmon.render([values], namespace=namespace), found):
        for one in objects(workload):
            if "namespace" in one["metadata"]:
                one["metadata"] = {**one["metadata"], "namespace": namespace}
            path = client.path(one, named=False)
            client.request("POST", path, one, dryRun="All", fieldValidation="Strict")
    assert not found.errors
