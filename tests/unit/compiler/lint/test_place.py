"""Where a configuration runs."""

from __future__ import annotations

import pytest

from compiler.lint import Place


def test_nothing_is_known() -> None:
    place = Place()
    assert (place.kind, place.many, place.mounted("/var/log/x")) == (None, False, None)
    assert place.environment is not None
    assert "HOSTNAME" in place.environment


@pytest.mark.parametrize(
    ("kind", "many"), [("daemonset", True), ("deployment", False), ("statefulset", False), ("none", False)]
)
def test_kinds(kind: str, many: bool) -> None:
    assert Place.of_workload(kind).many is many


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="`cronjob` is no workload: daemonset"):
        Place.of_workload("cronjob")


def test_mounts() -> None:
    place = Place(mounts=("/var/log",))
    paths = ("/var/log", "/var/log/pods/x", "/var/logs", "/srv")
    assert [place.mounted(path) for path in paths] == [True, True, False, False]


def test_variables() -> None:
    assert (Place().sets("HOSTNAME"), Place().sets("X"), Place(environment=None).sets("X")) == (True, False, None)
