"""The steps of `action.yml`, run by bash as a runner would run them."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.e2e.ci.source import ROOT, copy_sources, offline

ACTION: dict[str, Any] = YAML(typ="safe").load((ROOT / "action.yml").read_text())
UNFED = 'loki.echo "e" { }\n'


def run(step: Mapping[str, Any], inputs: Mapping[str, str], folder: Path, environment: Mapping[str, str]) -> Any:
    """A step as a runner runs it: `shell: bash` is bash with these options, `${{ inputs.x }}` is replaced everywhere."""

    def filled(text: str) -> str:
        values = {name: one["default"] for name, one in ACTION["inputs"].items()} | dict(inputs)
        return re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda found: values[found[1]], text)

    assert step["shell"] == "bash"
    own = {name: filled(value) for name, value in step.get("env", {}).items()}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", filled(step["run"])],
        cwd=folder, env={**environment, **own}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """The environment of a runner, after the first step."""
    temp = tmp_path_factory.mktemp("runner")
    copy_sources(temp / "action")
    environment = {**offline(), "RUNNER_TEMP": str(temp), "GITHUB_ACTION_PATH": str(temp / "action")}
    done = run(ACTION["runs"]["steps"][0], {}, temp, environment)
    assert done.returncode == 0, done.stderr
    return environment


def lint(folder: Path, environment: Mapping[str, str], **inputs: str) -> tuple[int, str]:
    done = run(ACTION["runs"]["steps"][1], inputs, folder, environment)
    return done.returncode, done.stdout or done.stderr


def test_it_is_a_composite_action_of_two_steps() -> None:
    assert ACTION["runs"]["using"] == "composite"
    assert set(ACTION["inputs"]) == {"paths", "args"}
    assert len(ACTION["runs"]["steps"]) == 2
    assert all("${{" not in step["run"] for step in ACTION["runs"]["steps"]), "inputs come as variables, never as text"


def test_findings_are_annotations_and_fail_the_step(installed: Mapping[str, str], tmp_path: Path) -> None:
    (tmp_path / "config.alloy").write_text(UNFED)
    code, out = lint(tmp_path, installed)
    assert code == 1
    assert out.startswith(
        "::warning file=config.alloy,line=1,endLine=1,title=KM310,col=1,endColumn=14::nothing is sent to"
    )


def test_paths_and_args(installed: Mapping[str, str], tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.alloy").write_text(UNFED)
    code, out = lint(tmp_path, installed, paths="a.alloy\n[b]*.alloy\n", args="--severity warning")
    assert (code, out.count("::warning"), "c.alloy" in out) == (1, 2, False)
    assert lint(tmp_path, installed, args="--ignore KM310") == (0, "")
    assert lint(tmp_path, installed, paths="$(touch pwned); `touch pwned`")[0] == 2
    assert not (tmp_path / "pwned").exists()


def test_an_old_python_is_told_what_to_do(tmp_path: Path) -> None:
    fake = tmp_path / "bin/python3"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\nexit 1\n")
    fake.chmod(0o755)
    environment = {**os.environ, "PATH": f"{fake.parent}:{os.environ['PATH']}", "RUNNER_TEMP": str(tmp_path)}
    done = run(ACTION["runs"]["steps"][0], {}, tmp_path, environment)
    assert done.returncode == 2
    assert done.stdout.startswith("::error::kmon needs Python 3.11 or newer")
