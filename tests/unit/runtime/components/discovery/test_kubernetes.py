"""discovery.kubernetes over recorded objects: the targets that Alloy was measured to make of the same pods."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from compiler.catalog import load_catalog
from compiler.diagnostics import Diagnostics, Source
from compiler.evaluate import Scope, decode
from compiler.syntax import parse
from runtime.component import ComponentError, Options, Services
from runtime.components.discovery.kubernetes import Arguments, Exports, Kubernetes, SelectorBlock
from runtime.kubernetes.inventory import Inventory
from runtime.ledger import Ledger

CASES = [
    case
    for case in json.loads(Path("tests/conformance/kubernetes/discovery.kubernetes-pod.json").read_text())
    if "then" not in case and "discovery.relabel" not in case["config"] and case["config"].count("discovery.kubernetes ") == 1
    # An unknown role is refused here; recorded objects need no credentials.
    and case["name"] not in ("an unknown role starts and finds nothing", "connection by server address and token instead of a kubeconfig")
]  # fmt: skip


def options(tmp_path: Path, exported: list[msgspec.Struct], objects: Inventory | None) -> Options:
    return Options(
        id="discovery.kubernetes.pods",
        data_path=tmp_path / "data",
        logger=logging.getLogger("test"),
        export=exported.append,
        set_health=lambda state, message: None,
        services=Services(Ledger(), objects=objects),
    )


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
async def test_pods_become_the_measured_targets(case: dict[str, Any], tmp_path: Path) -> None:
    text = json.dumps([{**o, "metadata": {**o["metadata"], "uid": "UID"}} for o in case["objects"]]).replace(
        "${NS}", "ns-1"
    )
    file = tmp_path / "objects.json"
    file.write_text(text)
    diagnostics = Diagnostics()
    config = parse(Source("config.alloy", case["config"].replace("${NS}", "ns-1")), diagnostics)
    block = next(config.body.blocks)
    schema = load_catalog().get("discovery.kubernetes")
    assert schema is not None
    decoded = decode(block.body, schema.body, Scope({}), diagnostics)
    diagnostics.raise_errors()
    arguments = msgspec.convert(decoded, Arguments, dec_hook=lambda kind, value: value)
    exported: list[Any] = []
    running = asyncio.create_task(Kubernetes(options(tmp_path, exported, Inventory([file])), arguments).run())
    while len(exported) < 2:
        await asyncio.sleep(0.01)
    running.cancel()
    (expected,) = case["expect"]["exports"].values()
    wanted = [{k: re.sub(r"\$\{NS\}", "ns-1", v) for k, v in target.items()} for target in expected["targets"]]
    key = lambda target: json.dumps(target, sort_keys=True)  # noqa: E731
    got = [dict(target) for target in exported[-1].targets]
    server_label = "__meta_kubernetes_namespace_label"
    strip = lambda t: {k: v for k, v in t.items() if not (k.startswith(server_label) and "metadata_name" in k)}  # noqa: E731
    assert sorted(map(strip, got), key=key) == sorted(map(strip, wanted), key=key)


def test_an_empty_node_name_is_refused_at_its_selector(tmp_path: Path) -> None:
    file = tmp_path / "objects.json"
    file.write_text("[]")
    arguments = Arguments(role="pod", selectors=[SelectorBlock(role="pod", field="spec.nodeName=")])
    with pytest.raises(ComponentError, match="HOSTNAME") as refused:
        Kubernetes(options(tmp_path, [], Inventory([file])), arguments)
    assert refused.value.attribute == "selectors[0].field"


def test_a_role_that_is_not_supported_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ComponentError, match="role `bogus`") as refused:
        Kubernetes(options(tmp_path, [], None), Arguments(role="bogus"))
    assert refused.value.attribute == "role"


def test_exports_are_empty_until_the_first_list(tmp_path: Path) -> None:
    file = tmp_path / "objects.json"
    file.write_text("[]")
    exported: list[msgspec.Struct] = []
    Kubernetes(options(tmp_path, exported, Inventory([file])), Arguments(role="pod"))
    assert exported == [Exports([])]
