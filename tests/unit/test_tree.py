"""Rules over the tree itself, each naming the offender."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
]  # fmt: skip


@pytest.mark.parametrize("file", PYTHON, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_file_is_over_500_lines(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= 500


def test_the_architecture_page_is_under_200_lines() -> None:
    assert len((ROOT / "docs/architecture.md").read_text().splitlines()) < 200


@pytest.mark.parametrize("package", ["compiler", "runtime", "kmon"])
def test_every_module_says_what_it_is(package: str) -> None:
    silent = [
        str(file.relative_to(ROOT))
        for file in (ROOT / package).rglob("*.py")
        if file.read_text().strip()
        and not file.read_text().lstrip("#! \n").startswith(('"""', 'r"""', "from kmon.cli"))
    ]
    assert silent == []
