"""Reading the text of a file."""

from __future__ import annotations

import errno
from codecs import BOM_UTF8
from pathlib import Path

__all__ = ["decode", "read_text", "why"]


def read_text(path: Path | str) -> str:
    """The text of a file, its lines ended by `\\n` whatever ends them there. Raises `OSError`, see `decode`."""
    try:
        return decode(Path(path).read_bytes(), str(path)).replace("\r\n", "\n")
    except OSError as error:
        error.filename = error.filename or str(path)  # the system names it where opening fails, not where reading does
        raise


def decode(data: bytes, name: str) -> str:
    """The text of `data`, without a byte order mark. Raises `OSError` where it is not UTF-8; its `filename` is
    `name:line:column`, columns in bytes."""
    data = data.removeprefix(BOM_UTF8)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line, column = data.count(b"\n", 0, error.start) + 1, error.start - data.rfind(b"\n", 0, error.start)
        raise OSError(errno.EILSEQ, "not UTF-8", f"{name}:{line}:{column}") from None


def why(error: OSError) -> str:
    """Why a file cannot be read or written, as the end of a sentence."""
    text = error.strerror or str(error)
    return text[:1].lower() + text[1:]
