from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def issue(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], tuple[Path, Path]]:
    """Makes certificates for `loki.test`, signed by themselves, each with its key."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")

    def issue() -> tuple[Path, Path]:
        folder = tmp_path_factory.mktemp("tls")
        cert, key = folder / "cert.pem", folder / "key.pem"
        command = (
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=loki.test"
        )
        made = [*command.split(), "-addext", "subjectAltName=DNS:loki.test", "-keyout", str(key), "-out", str(cert)]
        subprocess.run(made, check=True, capture_output=True)
        return cert, key

    return issue


@pytest.fixture(scope="session")
def certificate(issue: Callable[[], tuple[Path, Path]]) -> tuple[Path, Path]:
    return issue()
