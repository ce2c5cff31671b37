"""The hooks of `.pre-commit-hooks.yaml`, installed and run by pre-commit in a repository of a user."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.e2e.ci.source import copy_sources, git, offline

pytestmark = pytest.mark.skipif(importlib.util.find_spec("pre_commit") is None, reason="pre-commit is not installed")

SOURCE = 'loki.source.api "a" {\n\tforward_to = [loki.echo.e.receiver]\n}\n'
ECHO = 'loki.echo "e" { }\n'


@pytest.fixture(scope="module")
def kmon(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, Mapping[str, str]]:
    """kmon's sources as a repository, the revision to name, and the environment of pre-commit."""
    folder = tmp_path_factory.mktemp("hooks")
    repository = folder / "kmon"
    copy_sources(repository)
    git(repository, "init", "--quiet")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", "sources")
    return repository, git(repository, "rev-parse", "HEAD"), {**offline(), "PRE_COMMIT_HOME": str(folder / "home")}


@pytest.fixture
def user(tmp_path: Path, kmon: tuple[Path, str, Mapping[str, str]]) -> Path:
    repository, revision, _ = kmon
    git(tmp_path, "init", "--quiet")
    (tmp_path / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {repository}\n    rev: {revision}\n    hooks:\n      - id: kmon-lint\n      - id: kmon-fmt\n"
    )
    return tmp_path


def pre_commit(folder: Path, environment: Mapping[str, str], *hook: str) -> tuple[int, str]:
    """All hooks, or one, over the files that are staged."""
    git(folder, "add", "--all")
    command = [sys.executable, "-m", "pre_commit", "run", "--color", "never", *hook]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_clean_files_pass_and_others_do_not_start_a_hook(user: Path, kmon: tuple[Path, str, Mapping[str, str]]) -> None:
    (user / "notes.txt").write_text("nothing")
    code, out = pre_commit(user, kmon[2])
    assert (code, out.count("(no files to check)Skipped")) == (0, 2), out
    (user / "config.alloy").write_text(SOURCE + "\n" + ECHO)
    code, out = pre_commit(user, kmon[2])
    assert (code, out.count("Passed")) == (0, 2), out


def test_lint_shows_the_findings_and_fails(user: Path, kmon: tuple[Path, str, Mapping[str, str]]) -> None:
    (user / "config.alloy").write_text(ECHO)
    code, out = pre_commit(user, kmon[2], "kmon-lint")
    assert code == 1
    assert "config.alloy:1:1: warning[KM310]: nothing is sent to `loki.echo.e`" in out


def test_lint_reads_the_files_that_a_change_leaves_out(user: Path, kmon: tuple[Path, str, Mapping[str, str]]) -> None:
    (user / "echo.alloy").write_text(ECHO)
    (user / "source.alloy").write_text(SOURCE)
    assert pre_commit(user, kmon[2], "kmon-lint")[0] == 0
    git(user, "commit", "--quiet", "--no-verify", "--message", "both")
    (user / "source.alloy").write_text(SOURCE + "\n")
    code, out = pre_commit(user, kmon[2], "kmon-lint")
    assert code == 0, out


def test_fmt_writes_and_fails_once(user: Path, kmon: tuple[Path, str, Mapping[str, str]]) -> None:
    config = user / "config.alloy"
    config.write_text((SOURCE + "\n" + ECHO).replace("\tforward_to", "  forward_to"))
    code, out = pre_commit(user, kmon[2], "kmon-fmt")
    assert (code, "files were modified by this hook" in out) == (1, True), out
    assert config.read_text() == SOURCE + "\n" + ECHO
    assert pre_commit(user, kmon[2], "kmon-fmt")[0] == 0
