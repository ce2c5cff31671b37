"""Targets whose `__path__` is a pattern, to targets with the paths of files."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from compiler.evaluate.types import Target
from runtime.tail.glob import Finder, PatternError, excluded

__all__ = ["EXCLUDE", "PATH", "Expansion", "expand"]

PATH, EXCLUDE = "__path__", "__path_exclude__"


@dataclass(slots=True)
class Expansion:
    """`targets` are in the order of those that they come from, then of their paths. `problems` are one line each. `barren`
    are the patterns without a file."""

    targets: list[Target] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    barren: list[str] = field(default_factory=list)


def expand(targets: Iterable[Target], ignore_older_than: float = 0.0) -> Expansion:
    """A target for each existing file that matches, with the labels of the pattern's target and the file's absolute
    path.

    Files that were written last more than `ignore_older_than` seconds ago are left out, 0 leaves none out. May take
    long: it lists folders.
    """
    expansion, finder = Expansion(), Finder()
    oldest = time.time() - ignore_older_than if ignore_older_than > 0 else float("-inf")
    found: dict[tuple[str, str], list[str]] = {}
    for target in targets:
        key = (target.get(PATH, ""), target.get(EXCLUDE, ""))
        if not key[0]:
            expansion.problems.append(f"a target has no `{PATH}`: {dict(target)}")
            continue
        try:
            if key not in found:
                found[key] = list(_paths(finder, *key, oldest))
        except PatternError as error:
            expansion.problems.append(str(error))
            continue
        expansion.targets.extend(Target({**target, PATH: path}) for path in found[key])
    expansion.barren.extend(pattern for (pattern, _), paths in found.items() if not paths)
    return expansion


def _paths(finder: Finder, pattern: str, exclude: str, oldest: float) -> Iterable[str]:
    unwanted = excluded(os.path.abspath(exclude)) if exclude else None  # noqa: PTH100
    for path, state in finder.files(pattern):
        if state.st_mtime >= oldest and not (unwanted is not None and unwanted(path)):
            yield path
