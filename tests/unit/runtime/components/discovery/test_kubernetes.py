"""discovery.kubernetes over recorded objects: the targets that Alloy was measured to make of the same objects."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from compiler.catalog import load_catalog
from compiler.diagnostics import Diagnostics, Source
from compiler.evaluate import Scope, decode
from compiler.syntax import parse
from runtime.component import ComponentError, HealthState
from runtime.components.discovery._kubernetes import ROLES
from runtime.components.discovery.kubernetes import (
    Arguments,
    AttachMetadata,
    Exports,
    Kubernetes,
    Namespaces,
    SelectorBlock,
)
from runtime.engine.arguments import to_arguments
from runtime.kubernetes.inventory import Inventory
from tests.unit.runtime.components.harness import Desk, running, until

FOLDER = Path("tests/conformance/kubernetes")
REFUSED = ("an unknown role starts and finds nothing", "pod selectors by label and field")
"""kmon names what these configurations do in vain."""
CREDENTIALS = (
    "connection by server address and token instead of a kubeconfig",
    "a wrong token finds nothing",
    "a node selector built from the environment",
)
"""Need a server, or a process of their own."""


def cases() -> Iterator[Any]:
    for role in ROLES:
        for case in json.loads((FOLDER / f"discovery.kubernetes-{role}.json").read_text()):
            if (
                "then" not in case
                and "discovery.relabel" not in case["config"]
                and case["name"] not in REFUSED + CREDENTIALS
            ):
                yield pytest.param(case, id=f"{role}: {case['name']}")


def components(text: str) -> Iterator[tuple[str, Arguments]]:
    """Every discovery.kubernetes of a configuration, by its id."""
    schema = load_catalog().get("discovery.kubernetes")
    assert schema is not None
    diagnostics = Diagnostics()
    for block in parse(Source("config.alloy", text), diagnostics).body.blocks:
        decoded = decode(block.body, schema.body, Scope({}), diagnostics)
        arguments = to_arguments(decoded, Arguments)
        assert isinstance(arguments, Arguments)
        assert block.label is not None
        yield f"discovery.kubernetes.{block.label.text}", arguments
    diagnostics.raise_errors()


def plain(targets: Any) -> list[dict[str, str]]:
    """Sorted, without what only a server sets."""
    kept = [
        {k: v for k, v in target.items() if "kubernetes_io_metadata_name" not in k and "cluster_ip" not in k}
        for target in targets
    ]
    return sorted(kept, key=lambda target: json.dumps(target, sort_keys=True))


def as_served(item: dict[str, Any]) -> dict[str, Any]:
    """With the defaults that an API server would fill in."""
    item = {**item, "metadata": {**item["metadata"], "uid": "UID"}}
    if item["kind"] == "Service":
        ports = [{"protocol": "TCP", **port} for port in item["spec"].get("ports", ())]
        item["spec"] = {"type": "ClusterIP", **item["spec"], "ports": ports}
    if item["kind"] == "Endpoints":
        for subset in item.get("subsets", ()):
            subset["ports"] = [{"protocol": "TCP", **port} for port in subset.get("ports", ())]
    if item["kind"] == "EndpointSlice":
        item["ports"] = [{"name": "", "protocol": "TCP", **port} for port in item.get("ports") or ()]
    return item


@pytest.mark.parametrize("case", list(cases()))
async def test_objects_become_the_measured_targets(case: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "objects.json"
    file.write_text(json.dumps([as_served(item) for item in case["objects"]]).replace("${NS}", "ns-1"))
    wanted = json.loads(json.dumps(case["expect"]["exports"]).replace("${NS}", "ns-1"))
    text = re.sub(r'kubeconfig_file = "\S+"', "", case["config"].replace("${NS}", "ns-1"))
    inventory = Inventory([file])
    for id, arguments in components(text):
        desk = Desk(tmp_path, id=id, kubernetes=inventory)
        component = Kubernetes(desk.options(), arguments)
        async with running(component):
            await until(partial(_reported, desk))
        assert plain(desk.exports[-1].targets) == plain(wanted[id]["targets"]), id


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    file = tmp_path / "objects.json"
    file.write_text("[]")
    return Desk(tmp_path, kubernetes=Inventory([file]))


@pytest.mark.parametrize(
    ("selectors", "attribute", "message"),
    [
        ([SelectorBlock(role="pod", field="spec.nodeName=")], "selectors[0].field", "environment variable"),
        ([SelectorBlock(role="pod", label="a b")], "selectors[0].label", "cannot be understood"),
        ([SelectorBlock(role="pod"), SelectorBlock(role="service")], "selectors[1].role", "changes nothing for role `pod`"),
        ([SelectorBlock(role="pod", label="a"), SelectorBlock(role="pod", label="b")], "selectors[1]", "two `selectors` blocks"),
    ],
)  # fmt: skip
def test_a_selector_that_cannot_work_is_refused_where_it_stands(
    desk: Desk, selectors: list[SelectorBlock], attribute: str, message: str
) -> None:
    with pytest.raises(ComponentError, match=re.escape(message)) as refused:
        Kubernetes(desk.options(), Arguments(role="pod", selectors=selectors))
    assert refused.value.attribute == attribute


def test_a_node_selector_needs_attached_nodes(desk: Desk) -> None:
    selectors = [SelectorBlock(role="node", label="a=b")]
    with pytest.raises(ComponentError, match="without `attach_metadata") as refused:
        Kubernetes(desk.options(), Arguments(role="pod", selectors=selectors))
    assert refused.value.attribute == "selectors[0].role"
    Kubernetes(desk.options(), Arguments(role="pod", selectors=selectors, attach_metadata=AttachMetadata(node=True)))
    Kubernetes(desk.options(), Arguments(role="node", selectors=selectors))


@pytest.mark.parametrize("name", ["", "Upper", "a/b", "..", "a?b=c", "-a", "a.b"])
def test_what_cannot_be_a_namespace_is_refused(desk: Desk, name: str) -> None:
    with pytest.raises(ComponentError, match=re.escape(f"`{name}` is no name of a namespace")) as refused:
        Kubernetes(desk.options(), Arguments(role="pod", namespaces=Namespaces(names=["good-1", name])))
    assert refused.value.attribute == "namespaces.names[1]"


def test_an_unknown_role_is_refused(desk: Desk) -> None:
    with pytest.raises(ComponentError, match="`Pod` is no role") as refused:
        Kubernetes(desk.options(), Arguments(role="Pod"))
    assert refused.value.attribute == "role"


def test_exports_are_empty_until_the_first_list(desk: Desk) -> None:
    Kubernetes(desk.options(), Arguments(role="pod"))
    assert desk.exports == [Exports([])]


async def test_the_own_namespace_of_no_pod_is_named(desk: Desk) -> None:
    component = Kubernetes(desk.options(), Arguments(role="pod", namespaces=Namespaces(own_namespace=True)))
    async with running(component):
        await until(lambda: desk.health)
    assert desk.health == [(HealthState.UNHEALTHY, "`own_namespace` finds nothing: this process does not run in a pod")]


def _reported(desk: Desk) -> bool:
    """Whether the component said how it is."""
    return bool({*dict(desk.health)} - {HealthState.UNKNOWN})
