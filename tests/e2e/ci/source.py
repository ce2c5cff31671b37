"""kmon's sources as another machine would fetch them, and how to install them without a registry."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from collections.abc import Mapping
from pathlib import Path

__all__ = ["ROOT", "copy_sources", "git", "offline"]

ROOT = Path(__file__).parents[3]
_PARTS = (
    "pyproject.toml", "README.md", "LICENSE", "action.yml", ".pre-commit-hooks.yaml", "compiler", "runtime", "kmon", "presets", "schemas",
)  # fmt: skip


def copy_sources(to: Path) -> None:
    """What of the repository a build needs, as it is now, committed or not."""
    to.mkdir()
    for name in _PARTS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, to / name)


def git(folder: Path, *arguments: str) -> str:
    """Runs git without a user's settings."""
    environment = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{who}_{what}": "test@localhost" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def offline() -> Mapping[str, str]:
    """An environment in which `pip install` builds kmon with what is installed here, which is also where its dependencies are
    found. An editable kmon there stays out of sight: its path file is read in site-packages only."""
    return {
        **os.environ,
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip's own word for "without isolation"
        "PIP_NO_INDEX": "1",
    }
