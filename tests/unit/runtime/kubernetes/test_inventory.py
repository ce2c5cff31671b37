"""Recorded objects in the place of an API server."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from runtime.kubernetes.inventory import Inventory, InventoryError
from runtime.kubernetes.objects import KubernetesObject, Node, Pod, Secret
from runtime.kubernetes.source import ApiError, Selector


def pod(name: str, namespace: str = "default") -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace}}


async def names(inventory: Inventory, selector: Selector, kind: type[KubernetesObject]) -> list[str]:
    change = await anext(inventory.watch(selector, kind))
    return [item.metadata.name for item in change.objects.values()]


async def test_documents_lists_and_typed_lists_are_read(tmp_path: Path) -> None:
    several = tmp_path / "several.yaml"
    several.write_text(
        f"{json.dumps(pod('a'))}\n---\n{json.dumps({'kind': 'List', 'items': [pod('b'), pod('c', 'other')]})}\n"
    )
    typed = tmp_path / "typed.json"
    typed.write_text(json.dumps({"kind": "PodList", "items": [{"metadata": {"name": "d", "namespace": "default"}}]}))
    inventory = Inventory([several, typed])
    assert await names(inventory, Selector(), Pod) == ["a", "b", "c", "d"]
    assert await names(inventory, Selector(namespaces=("other",)), Pod) == ["c"]
    assert await names(inventory, Selector(fields="metadata.name=d"), Pod) == ["d"]
    assert await names(inventory, Selector(), Node) == []


async def test_a_changed_file_is_read_again_and_a_broken_one_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.kubernetes.inventory._POLL_SECONDS", 0.01)
    file = tmp_path / "objects.json"

    def write(text: str, stamp: int) -> None:
        file.write_text(text)
        os.utime(file, ns=(stamp, stamp))

    write(json.dumps([pod("a"), pod("b")]), 1)
    watch = Inventory([file]).watch(Selector(), Pod)
    first = await anext(watch)
    assert sorted(first.keys) == ["default/a", "default/b"]
    write(json.dumps([pod("b"), pod("c")]), 2)
    second = await anext(watch)
    assert sorted(second.keys) == ["default/a", "default/c"]
    assert sorted(second.objects) == ["default/b", "default/c"]
    write("[", 3)
    broken = await anext(watch)
    assert "objects.json" in broken.problem
    assert sorted(broken.objects) == ["default/b", "default/c"]
    write(json.dumps([pod("b"), pod("c")]), 4)
    assert (await anext(watch)).problem == ""


async def test_one_object_is_read(tmp_path: Path) -> None:
    file = tmp_path / "objects.yaml"
    file.write_text(
        "kind: Secret\nmetadata: {name: s, namespace: n, creationTimestamp: 2024-01-02T03:04:05Z}\ndata: {k: dg==}\n"
    )
    inventory = Inventory([file])
    assert (await inventory.read(Secret, "n", "s")).data == {"k": "dg=="}
    with pytest.raises(ApiError, match="none of that name") as missing:
        await inventory.read(Secret, "other", "s")
    assert missing.value.status == 404


def test_an_object_that_is_not_as_the_api_has_it_is_named(tmp_path: Path) -> None:
    file = tmp_path / "objects.yaml"
    file.write_text("kind: Pod\nmetadata: {name: odd, labels: {a: 1}}\n")
    with pytest.raises(InventoryError, match=r"objects\.yaml: Pod `odd` .*labels"):
        Inventory([file])


@pytest.mark.parametrize("text", ["a: [", "just: text", "- 3"])
def test_what_is_no_object_is_refused_with_the_file_name(tmp_path: Path, text: str) -> None:
    file = tmp_path / "objects.yaml"
    file.write_text(text)
    with pytest.raises(InventoryError, match=r"objects\.yaml"):
        Inventory([file])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.yaml", b"a: 1\nb: \xe4\n", "a.yaml:2:4: not UTF-8"),
        ("a.yaml", b"data:\n  key: hunter2\n  key: hunter3\n", 'a.yaml:3:3: no valid YAML: found duplicate key "key"'),
        ("a.yaml", b"[" * 5000, "a.yaml: maps and lists are nested too deep"),
        ("a.json", b"[" * 100_000, "a.json: maps and lists are nested too deep"),
    ],
)
def test_what_cannot_be_read_is_told_without_its_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(content)
    with pytest.raises(InventoryError) as caught:
        Inventory([Path(name)])
    assert str(caught.value) == message
