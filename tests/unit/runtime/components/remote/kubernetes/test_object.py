"""remote.kubernetes.secret and remote.kubernetes.configmap over recorded objects; a real API server is asked in tests/e2e/cluster."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from compiler.evaluate.types import Duration, OptionalSecret, Secret
from runtime.component import ComponentError, NotYetError
from runtime.components.remote.kubernetes._object import Arguments
from runtime.components.remote.kubernetes.configmap import KubernetesConfigMap
from runtime.components.remote.kubernetes.secret import KubernetesSecret
from runtime.kubernetes.arguments import ConnectionArguments
from runtime.kubernetes.inventory import Inventory
from tests.unit.runtime.components.harness import Desk, running, until

QUICK = Arguments(namespace="shop", name="creds", poll_frequency=Duration.parse("20ms"))


class Recorded:
    """One object in an inventory, and the desk of a component that reads it."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.file, self.kind = folder / "objects.json", kind
        self.file.write_text("[]")
        self.desk = Desk(folder, kubernetes=Inventory([self.file]))

    def write(self, data: dict[str, str] | None, **more: object) -> None:
        metadata = {"name": "creds", "namespace": "shop"}
        self.file.write_text(
            json.dumps({"apiVersion": "v1", "kind": self.kind, "metadata": metadata, "data": data, **more})
        )

    @property
    def data(self) -> Any:
        return self.desk.exports[-1].data


async def test_a_secret_is_decoded_and_hidden(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path, "Secret")
    recorded.write({"password": "aHVudGVyMg==", "bytes": "/wA="})
    await KubernetesSecret(recorded.desk.options(), QUICK).prepare()
    assert recorded.data == {"password": Secret("hunter2"), "bytes": Secret("\udcff\0")}
    assert "hunter2" not in repr(recorded.desk.exports)


async def test_a_config_map_without_its_binary_data(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path, "ConfigMap")
    recorded.write({"url": "http://x\n"}, binaryData={"b": "AAE="})
    await KubernetesConfigMap(recorded.desk.options(), QUICK).prepare()
    assert recorded.data == {"url": OptionalSecret("http://x\n", False)}
    recorded.write(None)
    await KubernetesConfigMap(recorded.desk.options(), QUICK).prepare()
    assert recorded.data == {}


async def test_changes_deletion_and_return(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path, "Secret")
    component = KubernetesSecret(recorded.desk.options(), QUICK)
    missing = "cannot get secrets `creds` in namespace `shop`: the inventory has none of that name"
    with pytest.raises(NotYetError, match=missing):
        await component.prepare()
    async with running(component):
        recorded.write({"k": "b2xk"})
        await until(lambda: recorded.desk.exports)
        recorded.write({"k": "ZnJlc2g=", "new": ""})
        await until(lambda: recorded.data == {"k": Secret("fresh"), "new": Secret("")})
        recorded.file.write_text("[]")
        await until(lambda: recorded.desk.health[-1] == ("unhealthy", missing))
        assert recorded.data == {"k": Secret("fresh"), "new": Secret("")}
        recorded.write({"k": "YmFjaw=="})
        await until(lambda: recorded.data == {"k": Secret("back")})
    assert recorded.desk.health[-1][0] == "healthy"


async def test_a_value_that_is_no_base64_is_named(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path, "Secret")
    recorded.write({"good": "eA==", "bad": "no base64"})
    with pytest.raises(NotYetError, match="the value of `bad` is not base64"):
        await KubernetesSecret(recorded.desk.options(), QUICK).prepare()


@pytest.mark.parametrize(
    ("arguments", "attribute"),
    [
        ({"name": ""}, "name"),
        ({"name": "a/b"}, "name"),
        ({"name": "a?b"}, "name"),
        ({"namespace": "a.b"}, "namespace"),
        ({"namespace": ""}, "namespace"),
        ({"poll_frequency": Duration(0)}, "poll_frequency"),
        ({"poll_timeout": Duration(0)}, "poll_timeout"),
        ({"client": ConnectionArguments(api_server="nope")}, "client.api_server"),
    ],
)
def test_what_cannot_work_is_refused(tmp_path: Path, arguments: dict[str, Any], attribute: str) -> None:
    with pytest.raises(ComponentError) as refused:
        KubernetesConfigMap(Desk(tmp_path).options(), Arguments(**{"namespace": "shop", "name": "creds", **arguments}))
    assert refused.value.attribute == attribute
