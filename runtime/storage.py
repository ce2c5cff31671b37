"""The storage folder of a process: made for its user alone, locked against a second process, with the identity of
this instance.
"""

from __future__ import annotations

import fcntl
import json
import os
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

__all__ = ["Storage", "StorageError", "open_storage"]

_SEED, _LOCK = "alloy_seed.json", "kmon.lock"
"""The seed file is Alloy's, by name and content, so that an instance keeps its id when the binary changes."""


class StorageError(Exception):
    """The folder cannot be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Storage:
    """`lock` is an open file descriptor: the lock lasts as long as the process, however it ends."""

    folder: Path
    instance_id: str
    lock: int


def open_storage(folder: Path) -> Storage:
    """Make the folder (mode 0700) when it is not there, lock it, and read or write its instance id. Raises
    `StorageError`.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise StorageError(
                f"storage folder `{folder}` is in use by another process: give each its own with `--storage.path`"
            ) from None
        return Storage(folder, _instance_id(folder / _SEED), lock)
    except OSError as error:
        raise StorageError(f"cannot use storage folder `{folder}`: {(error.strerror or str(error)).lower()}") from None


def _instance_id(seed: Path) -> str:
    try:
        known = json.loads(seed.read_bytes())["UID"]
        if isinstance(known, str) and known:
            return known
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        pass
    new = str(uuid.uuid4())
    fresh = seed.with_suffix(".tmp")
    fresh.write_text(json.dumps({"UID": new, "created_at": datetime.now(UTC).isoformat()}) + "\n")
    fresh.chmod(0o600)
    fresh.replace(seed)
    return new
