"""The wheel carries all that rendering needs: presets and schemas travel inside it."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VALUES = """
cluster: {name: prod}
presets: [pod-logs]
destinations:
  logs: {type: loki, url: https://loki.example/loki/api/v1/push}
"""


@pytest.fixture(scope="module")
def kmon(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The console script of a virtualenv that holds the wheel alone; its dependencies are those of the running one."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("kmon_alloy-*.whl")
    venv.create(folder / "venv", with_pip=False)
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(folder / "venv/bin/python"),
        "install",
        "--no-deps",
        "--quiet",
        str(wheel),
    ]
    subprocess.run([*install, "--disable-pip-version-check"], check=True, capture_output=True)
    (site,) = (folder / "venv/lib").glob("python3*/site-packages")
    # A path file below a path file is not read, so an editable kmon beside the dependencies stays out of sight.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "venv/bin/kmon"


def test_it_renders_outside_the_tree(kmon: Path, tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text(VALUES)
    done = subprocess.run([kmon, "render", "values.yaml"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert 'loki.write "logs"' in done.stdout
    where = [str(kmon.with_name("python")), "-c", "import compiler.resources as r; print(r.presets())"]
    assert "venv" in subprocess.run(where, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
