"""Recorded objects in the place of an API server."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from runtime.kubernetes.inventory import Inventory, InventoryError
from runtime.kubernetes.source import Selector


def pod(name: str, namespace: str = "default") -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace}}


async def names(inventory: Inventory, selector: Selector) -> list[str]:
    watch = inventory.watch(selector)
    objects = await anext(watch)
    return [item["metadata"]["name"] for item in objects]


async def test_documents_lists_and_typed_lists_are_read(tmp_path: Path) -> None:
    several = tmp_path / "several.yaml"
    several.write_text(
        f"{json.dumps(pod('a'))}\n---\n{json.dumps({'kind': 'List', 'items': [pod('b'), pod('c', 'other')]})}\n"
    )
    typed = tmp_path / "typed.json"
    typed.write_text(json.dumps({"kind": "PodList", "items": [{"metadata": {"name": "d", "namespace": "default"}}]}))
    inventory = Inventory([several, typed])
    assert await names(inventory, Selector("pods")) == ["a", "b", "c", "d"]
    assert await names(inventory, Selector("pods", namespaces=("other",))) == ["c"]
    assert await names(inventory, Selector("nodes")) == []


async def test_a_changed_file_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.kubernetes.inventory._POLL_SECONDS", 0.01)
    file = tmp_path / "objects.json"
    file.write_text(json.dumps([pod("a")]))
    watch = Inventory([file]).watch(Selector("pods"))
    assert len(await anext(watch)) == 1
    file.write_text(json.dumps([pod("a"), pod("b")]))
    os.utime(file, ns=(1, 1))
    assert len(await anext(watch)) == 2


@pytest.mark.parametrize("text", ["a: [", "just: text", "- 3"])
def test_what_is_no_object_is_refused_with_the_file_name(tmp_path: Path, text: str) -> None:
    file = tmp_path / "objects.yaml"
    file.write_text(text)
    with pytest.raises(InventoryError, match=r"objects\.yaml"):
        Inventory([file])
