"""Writing the files of a user."""

from __future__ import annotations

import os
import tempfile
from codecs import BOM_UTF8
from pathlib import Path

__all__ = ["replace_text"]


def replace_text(path: Path, text: str) -> None:
    """Another text in the file `path`, which is there: whoever reads it sees the old one or the new one.

    A link stays a link; the mode and a byte order mark at the beginning stay too. Raises `OSError`.
    """
    target = path.resolve(strict=True)
    with target.open("rb") as old:
        mark = BOM_UTF8 if old.read(len(BOM_UTF8)) == BOM_UTF8 else b""
        mode = os.fstat(old.fileno()).st_mode
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with open(handle, "wb") as new:  # noqa: PTH123 - a descriptor, not a path
            new.write(mark + text.encode())
            os.fchmod(new.fileno(), mode)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
