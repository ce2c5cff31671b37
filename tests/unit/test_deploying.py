"""What the document about deploying shows is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import kmon
from compiler.deployment import workloads
from compiler.diagnostics import Diagnostics, Source
from compiler.values.schema import load_schema

TEXT = (Path(__file__).parents[2] / "docs/deploying.md").read_text()
VALUES = """
cluster: {name: prod}
presets: [cluster-events]
destinations: {logs: {type: loki, url: https://loki.example/loki/api/v1/push}}
"""


@pytest.mark.parametrize("shown", re.findall(r"^```yaml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL))
def test_what_keeps_positions_is_one_pod_with_a_volume_that_outlives_it(shown: str) -> None:
    found = Diagnostics()
    rendering = kmon.render([Source("values.yaml", VALUES + shown)])
    (workload,) = workloads(rendering, found)
    assert not [*rendering.diagnostics, *found]
    assert workload.replicas == 1
    assert workload.storage.persistent or workload.storage.given


def test_without_it_the_volume_is_the_pods() -> None:
    (workload,) = workloads(kmon.render([Source("values.yaml", VALUES)]), Diagnostics())
    assert (workload.kind, workload.storage.persistent, workload.storage.given) == ("deployment", False, False)


def test_every_key_of_a_workload_is_named() -> None:
    prose = re.sub(r"^```.*?^```", "", TEXT, flags=re.MULTILINE | re.DOTALL)
    keys = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", prose))))
    schema = load_schema()["$defs"]["collector"]["properties"]
    for section in ("image", "alloy", "controller", "serviceAccount", "rbac", "service", "configReloader"):
        assert not schema[section]["properties"].keys() - keys, section
