"""The programs of the test cluster: etcd and openssl as installed, and a kube-apiserver that the Go client builds.

python -m tests.e2e.cluster.binaries     builds it, some minutes the first time, and prints where it is
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

__all__ = ["MissingError", "Programs", "build", "programs"]

_MODULE = Path(__file__).with_name("apiserver") / "go.mod"
_PACKAGE, _OLDEST_GO = "k8s.io/kubernetes/cmd/kube-apiserver", (1, 24)


class MissingError(Exception):
    """A program is not there; the text says how to get it."""


@dataclass(frozen=True, slots=True)
class Programs:
    etcd: str
    kube_apiserver: str
    openssl: str
    setpriv: str


def programs() -> Programs:
    """Raises `MissingError`."""
    etcd = _found("etcd", "apt-get install etcd-server")
    openssl, setpriv = _found("openssl", "apt-get install openssl"), _found("setpriv", "apt-get install util-linux")
    if not _built().exists():
        raise MissingError("kube-apiserver is not built: `make cluster` builds it (with Go 1.24 or newer)")
    return Programs(etcd, str(_built()), openssl, setpriv)


def build() -> Path:
    """Builds kube-apiserver unless this version is there already. Raises `MissingError` without a fitting Go."""
    target = _built()
    if target.exists():
        return target
    go = _found("go", "apt-get install golang, or see https://go.dev/doc/install")
    said = subprocess.run([go, "version"], capture_output=True, text=True, check=True).stdout
    number = re.search(r"go(\d+)\.(\d+)", said)
    if number is None or (int(number[1]), int(number[2])) < _OLDEST_GO:
        raise MissingError(
            f"kube-apiserver needs Go 1.24 or newer, here is {said.strip()}: see https://go.dev/doc/install"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    version = _version()
    major, minor = version.removeprefix("v").split(".")[:2]
    names = {"gitVersion": version, "gitMajor": major, "gitMinor": minor}
    flags = " ".join(f"-X k8s.io/component-base/version.{name}={value}" for name, value in names.items())
    # The client writes indirect requirements and sums beside go.mod: a copy keeps the tree clean.
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        shutil.copy(_MODULE, folder)
        built = Path(folder) / target.name
        command = [go, "build", "-mod=mod", "-trimpath", f"-ldflags=-s -w {flags}", f"-o={built}", _PACKAGE]
        subprocess.run(command, cwd=folder, check=True)
        built.rename(target)
    return target


def _built() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "kmon" / f"kube-apiserver-{_version()}"


def _version() -> str:
    match = re.search(r"^require k8s\.io/kubernetes (v\S+)$", _MODULE.read_text(encoding="utf-8"), re.MULTILINE)
    assert match is not None, f"{_MODULE} requires no version of k8s.io/kubernetes"
    return match[1]


def _found(name: str, how: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise MissingError(f"{name} is not installed: {how}")
    return path


if __name__ == "__main__":
    try:
        print(build())
    except (MissingError, subprocess.CalledProcessError) as error:
        sys.exit(str(error))
