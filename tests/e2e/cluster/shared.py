"""One cluster for all workers of a test run, kept by a process of its own for as long as one of them lives.

Each worker holds a shared lock on a file; the lock goes with its process, also when that is killed. The keeper ends the
cluster when it gets the lock for itself.
"""

from __future__ import annotations

import contextlib
import fcntl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tests.e2e.cluster.binaries import programs
from tests.e2e.cluster.cluster import Cluster, ClusterError
from tests.e2e.cluster.server import ApiServer

__all__ = ["joined"]

_POLL_SECONDS = 0.5
_ROOT = Path(__file__).parents[3]


@contextlib.contextmanager
def joined(folder: Path) -> Iterator[ApiServer]:
    """The cluster of `folder`, started by who comes first. Raises `MissingError`, `ClusterError`."""
    programs()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "users").open("w") as users, (folder / "starting").open("w") as starting:
        fcntl.flock(users, fcntl.LOCK_SH)
        fcntl.flock(starting, fcntl.LOCK_EX)
        if not _card(folder).exists():
            _start_keeper(folder)
        fcntl.flock(starting, fcntl.LOCK_UN)
        yield msgspec.json.decode(_card(folder).read_bytes(), type=ApiServer)


def _start_keeper(folder: Path) -> None:
    log = folder / "keeper.log"
    with log.open("wb") as output:
        command = [sys.executable, "-m", "tests.e2e.cluster.shared", str(folder)]
        keeper = subprocess.Popen(command, stdout=output, stderr=output, cwd=_ROOT, start_new_session=True)
    while not _card(folder).exists():
        if keeper.poll() is not None:
            raise ClusterError(log.read_text(errors="replace"))
        time.sleep(0.05)
    # It outlives this worker when others still need it: nobody waits for it.
    keeper.returncode = 0


def keep(folder: Path) -> None:
    # The lock is given up last: who comes then finds no card and starts a keeper of its own.
    own = Path(tempfile.mkdtemp(prefix="cluster-", dir=folder))
    with (folder / "users").open("w") as users, Cluster(own) as cluster:
        part = folder / "part"
        part.write_bytes(msgspec.json.encode(cluster.api_server))
        part.rename(_card(folder))
        while True:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _card(folder).unlink()
                return
            time.sleep(_POLL_SECONDS)


def _card(folder: Path) -> Path:
    return folder / "api-server.json"


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
