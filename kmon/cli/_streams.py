"""The standard streams: UTF-8 whatever the locale is, there even when they were closed, and what cannot be written ends the
command without a traceback.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

__all__ = ["EXIT_PIPE_CLOSED", "open_streams", "written"]

EXIT_PIPE_CLOSED = 141
"""As a shell shows a process that SIGPIPE ended."""


def open_streams() -> None:
    """Files are UTF-8, so their text is when it comes through a pipe. A stream that was closed is `/dev/null`, as in Go:
    otherwise the next file that is opened gets its number."""
    for name, mode, encoding, errors in (
        ("stdin", "r", "utf-8-sig", "strict"),
        ("stdout", "w", "utf-8", "surrogateescape"),
        ("stderr", "w", "utf-8", "backslashreplace"),
    ):
        stream = getattr(sys, name)
        if stream is None:
            stream = open(os.devnull, mode)  # noqa: PTH123, SIM115 - stays open like the others
            setattr(sys, name, stream)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=encoding, errors=errors)


@contextmanager
def written() -> Iterator[None]:
    """What is printed inside is on its way when this ends; where it cannot be, the command ends."""
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        _discard(1)
        raise typer.Exit(EXIT_PIPE_CLOSED) from None
    except OSError as error:
        _discard(1)
        try:
            typer.echo(f"kmon: {error.filename or 'stdout'}: {(error.strerror or str(error)).lower()}", err=True)
        except OSError:
            _discard(2)
        raise typer.Exit(2) from None


def _discard(descriptor: int) -> None:
    """What could not be written is not tried again at the end of the process."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
