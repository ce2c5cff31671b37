"""`local.file_match`: patterns to files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from compiler.evaluate.types import Duration, Target
from runtime.component import ComponentError
from runtime.components.local.file_match import Arguments, FileMatch
from tests.unit.runtime.components.harness import Desk, running, until


def paths(desk: Desk) -> list[str]:
    return [Path(target["__path__"]).name for target in desk.exports[-1].targets] if desk.exports else []


async def test_each_target_gives_its_own_files_with_its_labels(tmp_path: Path) -> None:
    for name in ("a.log", "b.log", "skip.log"):
        (tmp_path / name).touch()
    exclude = f"{tmp_path}/skip*"
    targets = [
        Target({"__path__": f"{tmp_path}/*.log", "__path_exclude__": exclude, "n": "1", "__meta": "m"}),
        Target({"__path__": f"{tmp_path}/a.log", "n": "2"}),
        Target({"__path__": f"{tmp_path}/a.log", "n": "2"}),
        Target({"__path__": f"{tmp_path}/none.log", "n": "3"}),
        Target({"__path__": str(tmp_path), "n": "4"}),
    ]
    desk = Desk(tmp_path / "data")
    async with running(FileMatch(desk.options(), Arguments(path_targets=targets))):
        await until(lambda: desk.exports)
    assert desk.exports[0].targets == [
        Target({"__path__": f"{tmp_path}/a.log", "__path_exclude__": exclude, "n": "1", "__meta": "m"}),
        Target({"__path__": f"{tmp_path}/b.log", "__path_exclude__": exclude, "n": "1", "__meta": "m"}),
        Target({"__path__": f"{tmp_path}/a.log", "n": "2"}),
        Target({"__path__": f"{tmp_path}/a.log", "n": "2"}),
    ]


async def test_new_and_deleted_files_are_noticed_and_nothing_else_exports(tmp_path: Path) -> None:
    (tmp_path / "a.log").touch()
    desk = Desk(tmp_path / "data")
    targets = [Target({"__path__": f"{tmp_path}/*.log"})]
    component = FileMatch(desk.options(), Arguments(path_targets=targets, sync_period=Duration.parse("10ms")))
    async with running(component):
        await until(lambda: paths(desk) == ["a.log"])
        (tmp_path / "b.log").touch()
        await until(lambda: paths(desk) == ["a.log", "b.log"])
        (tmp_path / "a.log").unlink()
        await until(lambda: paths(desk) == ["b.log"])
        await component.update(Arguments(path_targets=[]))
        await until(lambda: paths(desk) == [])
    assert len(desk.exports) == 4


async def test_old_files_are_ignored(tmp_path: Path) -> None:
    for name, age in (("new.log", 0), ("old.log", 7200)):
        (tmp_path / name).touch()
        stamp = (tmp_path / name).stat().st_mtime - age
        os.utime(tmp_path / name, (stamp, stamp))
    desk = Desk(tmp_path / "data")
    arguments = Arguments(path_targets=[Target({"__path__": f"{tmp_path}/*"})], ignore_older_than=Duration.parse("1h"))
    async with running(FileMatch(desk.options(), arguments)):
        await until(lambda: paths(desk) == ["new.log"])


async def test_bad_targets_are_told_and_the_others_count(tmp_path: Path) -> None:
    (tmp_path / "a.log").touch()
    desk = Desk(tmp_path / "data")
    targets = [Target({"x": "1"}), Target({"__path__": f"{tmp_path}/[a"}), Target({"__path__": f"{tmp_path}/a.log"})]
    async with running(FileMatch(desk.options(), Arguments(path_targets=targets))):
        await until(lambda: desk.health)
    assert paths(desk) == ["a.log"]
    assert desk.health[-1][0] == "unhealthy"
    assert "no `__path__`" in desk.health[-1][1]


async def test_a_pattern_without_a_file_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It may be a wrong path. One line of the log says so where nothing is found at all."""
    desk = Desk(tmp_path / "data")
    wrong = [f"{tmp_path}/none/{name}.log" for name in "ab"]
    targets = [Target({"__path__": path, "n": n}) for path in (*wrong, f"{tmp_path}/a.log") for n in "12"]
    arguments = Arguments(path_targets=targets, sync_period=Duration.parse("10ms"))
    async with running(FileMatch(desk.options(), arguments)):
        await until(lambda: len(desk.health) > 2)
        assert set(desk.health) == {("healthy", f"0 files; no file for `{wrong[0]}` (and 2 more)")}
        (tmp_path / "a.log").touch()
        await until(lambda: desk.health[-1] == ("healthy", f"2 files; no file for `{wrong[0]}` (and 1 more)"))
    assert [record.getMessage() for record in caplog.records] == [f"no file for `{wrong[0]}` (and 2 more)"]


@pytest.mark.parametrize("arguments", [{"sync_period": Duration(0)}, {"ignore_older_than": Duration(-1)}])
def test_refused(tmp_path: Path, arguments: dict[str, Any]) -> None:
    with pytest.raises(ComponentError):
        FileMatch(Desk(tmp_path).options(), Arguments(path_targets=[], **arguments))
