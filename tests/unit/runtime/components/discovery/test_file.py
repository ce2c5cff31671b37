"""discovery.file: targets of the files that are there."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from compiler.evaluate.types import Duration
from runtime.component import ComponentError
from runtime.components.discovery.file import Arguments, File
from tests.unit.runtime.components.harness import Desk, running, until


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.components.discovery.file._LOOK_SECONDS", 0.02)


def group(*addresses: str, **labels: str) -> str:
    return json.dumps([{"targets": list(addresses), "labels": labels}])


class Found:
    def __init__(self, folder: Path, *patterns: str, **more: Any) -> None:
        self.desk = Desk(folder / "data")
        self.component = File(self.desk.options(), Arguments(files=[*patterns], **more))

    @property
    def addresses(self) -> list[str]:
        return [target["__address__"] for target in self.desk.exports[-1].targets]


async def test_labels_and_formats(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"targets": ["a:1", "a:2"], "labels": {"x": "1", "__address__": "no"}}, {}]')
    (tmp_path / "b.YML").write_text("- targets: [b:1]\n  labels: {n: 5, f: 1.50, t: true}\n- targets:\n  labels:\n")
    (tmp_path / "c.txt").write_text("no")
    found = Found(tmp_path, f"{tmp_path}/*.json", f"{tmp_path}/?.YML")
    async with running(found.component):
        await until(lambda: len(found.desk.exports) > 1)
    a, b = f"{tmp_path}/a.json", f"{tmp_path}/b.YML"
    assert [dict(target) for target in found.desk.exports[-1].targets] == [
        {"__address__": "a:1", "x": "1", "__meta_filepath": a},
        {"__address__": "a:2", "x": "1", "__meta_filepath": a},
        {"__address__": "b:1", "n": "5", "f": "1.50", "t": "true", "__meta_filepath": b},
    ]
    assert found.desk.health[-1] == ("healthy", "3 targets in 2 files")


async def test_changes_come_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(group("a:1"))
    (tmp_path / "b.json").write_text(group("b:1"))
    found = Found(tmp_path, f"{tmp_path}/*.json")
    async with running(found.component):
        await until(lambda: found.addresses == ["a:1", "b:1"])
        (tmp_path / "a.json").write_text(group("a:1", v="2"))
        (tmp_path / "c.json").write_text(group("c:1"))
        await until(lambda: found.addresses == ["a:1", "b:1", "c:1"] and found.desk.exports[-1].targets[0].get("v"))
        (tmp_path / "b.json").unlink()
        await until(lambda: found.addresses == ["a:1", "c:1"])


async def test_a_mounted_config_map_is_replaced_as_a_whole(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "t.json").write_text(group(f"{name}:1"))
    (tmp_path / "..data").symlink_to("one")
    (tmp_path / "t.json").symlink_to("..data/t.json")
    found = Found(tmp_path, f"{tmp_path}/t.json")
    async with running(found.component):
        await until(lambda: found.addresses == ["one:1"])
        (tmp_path / "new").symlink_to("two")
        (tmp_path / "new").rename(tmp_path / "..data")
        await until(lambda: found.addresses == ["two:1"])


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("t.json", "[{", "no JSON list of target groups: Input data was truncated"),
        ("t.json", '[{"targets": [], "extra": 1}]', "unknown field `extra` - at `$[0]`"),
        ("t.json", '[{"labels": {"n": 5}}]', "Expected `str`, got `int` - at `$[0].labels[...]`"),
        ("t.json", "[null]", "Expected `object`, got `null` - at `$[0]`"),
        ("t.json", "", "no JSON list of target groups: Input data was truncated"),
        ("t.yml", "- targets: [a\n", "no YAML: while parsing a flow sequence expected ',' or ']'"),
        ("t.yml", "- targets: [a]\n  extra: 1\n", "unknown field `extra` - at `$[0]`"),
        ("t.yml", "a: b\n", "no YAML list of target groups: Expected `array`, got `object`"),
        ("t.yml", "- ~\n", "Expected `object`, got `str` - at `$[0]`"),
    ],
)
async def test_a_broken_file_keeps_its_targets(tmp_path: Path, name: str, text: str, reason: str) -> None:
    (tmp_path / name).write_text('[{"targets": ["old:1"]}]')
    (tmp_path / "good.json").write_text(group("good:1"))
    found = Found(tmp_path, f"{tmp_path}/{name}", f"{tmp_path}/good.json")
    async with running(found.component):
        await until(lambda: found.addresses == ["old:1", "good:1"])
        (tmp_path / name).write_text(text)
        await until(lambda: found.desk.health[-1][0] == "unhealthy")
        said = found.desk.health[-1][1]
        assert said.startswith(f"2 targets in 2 files; cannot read `{tmp_path}/{name}`: ")
        assert reason in said
        (tmp_path / "good.json").write_text(group("better:1"))
        await until(lambda: found.addresses == ["old:1", "better:1"])
        (tmp_path / name).write_text('[{"targets": ["new:1"]}]')
        await until(lambda: found.addresses == ["new:1", "better:1"])
        assert found.desk.health[-1][0] == "healthy"


async def test_every_broken_file_and_every_pattern_without_one_is_named(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.json").write_text("{}")
    found = Found(tmp_path, f"{tmp_path}/?.json", f"{tmp_path}/none.yml")
    async with running(found.component):
        await until(lambda: found.desk.health)
        reason = "no JSON list of target groups: Expected `array | null`, got `object`"
        broken = [f"cannot read `{tmp_path}/{name}.json`: {reason}" for name in ("a", "b")]
        none = f"no file matches `{tmp_path}/none.yml`"
        assert found.desk.health[-1] == ("unhealthy", "; ".join(["0 targets in 2 files", *broken, none]))
        for name in ("a", "b"):
            (tmp_path / f"{name}.json").write_text(group(f"{name}:1"))
        await until(lambda: found.desk.health[-1] == ("healthy", f"2 targets in 2 files; {none}"))


async def test_an_empty_yaml_file_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text("")
    found = Found(tmp_path, f"{tmp_path}/t.yaml")
    async with running(found.component):
        await until(lambda: found.desk.health)
    assert found.desk.health[-1] == ("healthy", "0 targets in 1 files")


async def test_a_change_that_no_stamp_shows_is_seen_at_the_refresh(tmp_path: Path) -> None:
    file = tmp_path / "t.json"
    file.write_text(group("a:1"))
    found = Found(tmp_path, str(file), refresh_interval=Duration.parse("100ms"))
    async with running(found.component):
        await until(lambda: found.addresses == ["a:1"])
        state = file.stat()
        file.write_text(group("b:1"))
        os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
        await until(lambda: found.addresses == ["b:1"])


async def test_relative_paths_stay_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "t.json").write_text(group("a:1"))
    found = Found(tmp_path, "./sub/*.json")
    async with running(found.component):
        await until(lambda: found.addresses)
    assert found.desk.exports[-1].targets[0]["__meta_filepath"] == "sub/t.json"


async def test_other_files_after_an_update(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.json").write_text(group(f"{name}:1"))
    found = Found(tmp_path, f"{tmp_path}/a.json")
    async with running(found.component):
        await until(lambda: found.addresses == ["a:1"])
        await found.component.update(Arguments(files=[f"{tmp_path}/b.json"]))
        await until(lambda: found.addresses == ["b:1"])


@pytest.mark.parametrize(
    ("files", "attribute", "reason"),
    [
        (["/x/*.json", "/x/a.txt"], "files[1]", "`/x/a.txt` must end in one of: .json, .yml, .yaml"),
        (["/x/*/a.json"], "files[0]", "only the last element may have one"),
        (["/x/[a.json"], "files[0]", "`/x/[a.json` is no pattern: "),
    ],
)
def test_what_finds_nothing_is_refused(tmp_path: Path, files: list[str], attribute: str, reason: str) -> None:
    with pytest.raises(ComponentError) as refused:
        Found(tmp_path, *files)
    assert refused.value.attribute == attribute
    assert reason in str(refused.value)
