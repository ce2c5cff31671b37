"""Values in, Kubernetes objects out: identity and permissions, Services, the workload. Texts of configurations are shown by
the cases of `render`; here they only have to be in the ConfigMap.

A case whose `values.yaml` says `# Against pod-logs: …` shows of its workload what differs from that one's.
"""

import difflib
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import kmon
from compiler.deploy.manifests import objects
from compiler.deploy.printing import documents
from compiler.deployment import workloads
from compiler.diagnostics import Diagnostics, Source
from compiler.reporting import text_report

_FILES = {
    "ServiceAccount": "access", "Role": "access", "RoleBinding": "access", "ClusterRole": "access",
    "ClusterRoleBinding": "access", "Service": "service", "DaemonSet": "workload", "Deployment": "workload",
    "StatefulSet": "workload",
}  # fmt: skip


_AGAINST = re.compile(r"^# Against ([\w-]+):")


def outputs(case: Path) -> dict[str, str]:
    found = printed(case)
    against = _AGAINST.match((case / "values.yaml").read_text(encoding="utf-8"))
    if against:
        before = printed(case.parent / against[1])["workload.yaml"].splitlines()
        rows = difflib.unified_diff(before, found.pop("workload.yaml").splitlines(), n=1, lineterm="")
        changed = ("@@" if row.startswith("@@") else row for row in rows)
        found["workload.diff"] = "".join(f"{row}\n" for row in changed if not row.startswith(("---", "+++")))
    return found


def printed(case: Path) -> dict[str, str]:
    values = Source("values.yaml", (case / "values.yaml").read_text(encoding="utf-8"))
    rendering = kmon.render([values], namespace="monitoring")
    assert rendering.collectors, text_report(rendering.diagnostics)
    found = Diagnostics()
    texts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for workload in workloads(rendering, found):
        for one in objects(workload):
            if one["kind"] == "ConfigMap":
                collector = rendering.collector(one["metadata"]["name"])
                assert collector is not None
                assert one["data"] == {"config.alloy": collector.text}
            else:
                texts[f"{_FILES[one['kind']]}.yaml"].append(one)
    if found.errors:
        return {"diagnostics.txt": text_report(found)}
    return {name: documents(one) for name, one in texts.items()}


def test_case(case: Path, golden: Any) -> None:
    golden.check(case, outputs(case), inputs=["values.yaml"])


def test_it_is_prose_first_and_short(case: Path) -> None:
    assert (case / "values.yaml").read_text(encoding="utf-8").startswith("# ")
    for file in case.iterdir():
        assert len(file.read_text(encoding="utf-8").splitlines()) < 113, file.name


def test_it_is_deterministic(case: Path) -> None:
    assert outputs(case) == outputs(case)


def test_it_has_the_schema_of_kubernetes(case: Path) -> None:
    """Kinds and fields of 1.34, no others."""
    validate = pytest.importorskip("kubernetes_validate", reason="pip install kubernetes-validate").validate
    for name, text in printed(case).items():
        if name.endswith(".yaml"):
            for one in YAML(typ="safe", pure=True).load_all(text):
                validate(one, "1.34", strict=True)
