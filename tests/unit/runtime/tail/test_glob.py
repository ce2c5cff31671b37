"""Patterns of paths."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.tail.glob import Finder, PatternError, excluded

FILES = ("a.log", "b.txt", ".hidden.log", "s/c.log", "s/t/d.log", "s/e.log.gz", "s/[x].log", "u/v/w/f.log")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


CASES = {
    "*.log": [".hidden.log", "a.log"],
    "**/*.log": [".hidden.log", "a.log", "s/[x].log", "s/c.log", "s/t/d.log", "u/v/w/f.log"],
    "s/**": ["s/[x].log", "s/c.log", "s/e.log.gz", "s/t/d.log"],
    "**/t/**/*.log": ["s/t/d.log"],
    "{a,b}.{log,txt}": ["a.log", "b.txt"],
    "{s/{c,e},a}.log*": ["a.log", "s/c.log", "s/e.log.gz"],
    "s/[a-c].log": ["s/c.log"],
    "s/[!c]*": ["s/[x].log", "s/e.log.gz"],
    "s/[^c]*": ["s/[x].log", "s/e.log.gz"],
    "s/\\[x\\].log": ["s/[x].log"],
    "s/[[]x].log": ["s/[x].log"],
    "?.log": ["a.log"],
    "s": [],
    "*": [".hidden.log", "a.log", "b.txt"],
    "a.log/*": [],
    "x**.log": [],
    "a.log": ["a.log"],
    "a.l*": ["a.log"],
    "a.l*.log": [],
    "a**": ["a.log"],
    "none/*.log": [],
    "s/../a.log": ["a.log"],
}


@pytest.mark.parametrize("pattern", CASES)
def test_files(folder: Path, pattern: str) -> None:
    found = [str(Path(path).resolve().relative_to(folder)) for path, _ in Finder().files(f"{folder}/{pattern}")]
    assert sorted(found) == CASES[pattern]


@pytest.mark.parametrize("pattern", [pattern for pattern in CASES if ".." not in pattern])
def test_a_test_of_paths_agrees_with_the_search(folder: Path, pattern: str) -> None:
    test = excluded(f"{folder}/{pattern}")
    assert sorted(name for name in FILES if test(f"{folder}/{name}")) == CASES[pattern]


@pytest.mark.parametrize("pattern", ["/a[b", "/a{b", "/a{b,{c}", "/a\\", "/[z-a]", "/" + "{a,b}" * 12])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        Finder().files(pattern)
    with pytest.raises(PatternError):
        excluded(pattern)


def test_links_are_followed_but_not_in_circles(folder: Path) -> None:
    (folder / "s" / "up").symlink_to(folder)
    found = [path for path, _ in Finder().files(f"{folder}/s/**/*.gz")]
    assert len(found) == len(set(found)) <= 2


def test_a_relative_pattern_gives_absolute_paths(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert [path for path, _ in Finder().files("s/c.*")] == [f"{folder}/s/c.log"]
