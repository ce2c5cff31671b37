"""`charts/kmon` prints what was derived, and nothing else."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import kmon
from compiler.deploy.printing import helm_values, manifests
from compiler.deployment import workloads
from compiler.diagnostics import Diagnostics, Source
from tests.e2e.cluster.server import ApiServer

ROOT = Path(__file__).parents[3]
CHART = ROOT / "charts/kmon"
CASES = sorted((ROOT / "tests/golden/deploy").glob("[!e]*"))


def run(helm: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([helm, *arguments], input=stdin, capture_output=True, text=True, check=False)


def documents(text: str) -> list[Any]:
    found = [one for one in YAML(typ="safe", pure=True).load_all(text) if one]
    return sorted(found, key=lambda one: (one["kind"], one["metadata"].get("namespace", ""), one["metadata"]["name"]))


def rendered(case: Path) -> tuple[str, str]:
    values = Source("values.yaml", (case / "values.yaml").read_text(encoding="utf-8"))
    made = workloads(kmon.render([values], namespace="monitoring"), Diagnostics())
    return manifests(made), helm_values(made)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_chart_prints_the_manifests(case: Path, helm: Path) -> None:
    wanted, values = rendered(case)
    printed = run(helm, "template", "kmon", str(CHART), "-n", "monitoring", "-f", "-", stdin=values)
    assert printed.returncode == 0, printed.stderr
    assert documents(printed.stdout) == documents(wanted)


def test_lint_finds_nothing(helm: Path, tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text(rendered(CASES[0])[1])
    for more in ([], ["-f", str(tmp_path / "values.yaml"), "-n", "monitoring"]):
        linted = run(helm, "lint", "--strict", str(CHART), *more)
        assert linted.returncode == 0, linted.stdout


def test_another_namespace_is_refused(helm: Path) -> None:
    printed = run(helm, "template", "kmon", str(CHART), "-f", "-", stdin=rendered(CASES[0])[1])
    assert printed.returncode == 1
    assert 'rendered for the namespace "monitoring", the release goes into "default"' in printed.stderr


def test_without_values_the_notes_say_where_they_come_from(helm: Path) -> None:
    installed = run(helm, "install", "kmon", str(CHART), "--dry-run=client", "-n", "logs")
    assert "kmon render values.yaml -n logs --format helm-values | helm upgrade" in installed.stdout


def test_the_chart_has_the_version_of_kmon() -> None:
    chart = YAML(typ="safe", pure=True).load(CHART / "Chart.yaml")
    assert (chart["version"], chart["appVersion"]) == (kmon.__version__, kmon.__version__)


def test_install_and_upgrade_on_an_api_server(
    helm: Path, api_server: ApiServer, namespace: str, tmp_path: Path
) -> None:
    """The workload restarts when its configuration changes, and only then."""
    values, head = tmp_path / "values.yaml", {"name": "alloy-logs", "namespace": namespace}
    daemonset = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": head}
    checksums = []
    for cluster in ("one", "one", "two"):
        values.write_text(
            f"cluster: {{name: {cluster}}}\npresets: [pod-logs]\ndestinations: {{logs: {{type: loki, url: https://loki/push}}}}\n"
        )
        made = workloads(kmon.render([values], namespace=namespace), Diagnostics())
        command = ["upgrade", "--install", "kmon", str(CHART), "-n", namespace, "-f", "-"]
        done = run(helm, *command, "--kubeconfig", str(api_server.kubeconfig()), stdin=helm_values(made))
        assert done.returncode == 0, done.stderr
        pod = api_server.client().get(daemonset)["spec"]["template"]
        checksums.append(pod["metadata"]["annotations"]["checksum/config"])
    assert checksums[0] == checksums[1] != checksums[2]
    done = run(helm, "uninstall", "kmon", "-n", namespace, "--kubeconfig", str(api_server.kubeconfig()))
    assert done.returncode == 0, done.stderr
