"""Selectors, by the objects that they choose."""

from __future__ import annotations

import pytest

from runtime.component import ComponentError
from runtime.kubernetes.selectors import field_selector, label_selector

POD = {"metadata": {"name": "web-1", "labels": {"app": "web", "tier": "front"}}, "spec": {"nodeName": "n1"}}


@pytest.mark.parametrize(
    ("selector", "chosen"),
    [
        ("", True), ("app=web", True), ("app==web", True), ("app=db", False), ("app!=db", True), ("app", True), ("!app", False),
        ("app in (web, db)", True), ("app notin (web)", False), ("none notin (web)", True), ("app=web,tier=front", True),
        ("app=web,tier=back", False), ("app=", False),
    ],
)  # fmt: skip
def test_label_selector(selector: str, chosen: bool) -> None:
    assert label_selector(selector)(POD) is chosen


@pytest.mark.parametrize(
    ("selector", "chosen"),
    [
        ("spec.nodeName=n1", True), ("spec.nodeName!=n1", False), ("metadata.name=web-1,spec.nodeName=n1", True),
        ("status.phase!=Failed", True), ("status.phase=Running", False),
    ],
)  # fmt: skip
def test_field_selector(selector: str, chosen: bool) -> None:
    assert field_selector(selector)(POD) is chosen


@pytest.mark.parametrize("selector", ["app in web", "=x", "a b"])
def test_a_bad_label_selector_is_refused(selector: str) -> None:
    with pytest.raises(ComponentError, match="cannot be understood"):
        label_selector(selector)


def test_a_node_selector_without_a_node_is_refused() -> None:
    with pytest.raises(ComponentError, match="environment variable"):
        field_selector("spec.nodeName=")
