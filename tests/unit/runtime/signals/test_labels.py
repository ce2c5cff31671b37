"""Label sets are interned, sorted and immutable."""

from __future__ import annotations

from runtime.signals.labels import Labels


def test_equal_sets_are_one_object() -> None:
    one, other = Labels({"b": "2", "a": "1"}), Labels([("a", "1"), ("b", "2")])
    assert one is other
    assert one == other
    assert list(one) == ["a", "b"]


def test_changes_make_new_sets() -> None:
    labels = Labels({"a": "1", "b": "2"})
    assert labels.with_labels({"b": "3"}) is Labels({"a": "1", "b": "3"})
    assert labels.without(["a", "none"]) is Labels({"b": "2"})
    assert dict(labels) == {"a": "1", "b": "2"}
