"""Reads a compressed file as if it were plain: front to back, with a window of what is not consumed yet."""

from __future__ import annotations

import bz2
import os
import zlib

__all__ = ["FORMATS", "Decompressed"]

FORMATS = ("gz", "z", "bz2")
_READ_BYTES = 256 << 10
_WINDOW_BITS = {"gz": 31, "z": 15}


class Decompressed:
    """The content of the file open as `fd`. Offsets count decompressed bytes; what lies before the last `release` is
    gone.

    `damage` says in one line why the content ends before the file does; what came before is sound."""

    def __init__(self, fd: int, kind: str) -> None:
        self._fd = fd
        self._kind = kind
        self._at = 0
        self._start = 0
        self._window = bytearray()
        self._input = b""
        self._decoder = self._fresh()
        self._inside = False
        self.ended = False
        self.damage = ""

    @property
    def end(self) -> int:
        """The offset up to which the content is known."""
        return self._start + len(self._window)

    def release(self, offset: int) -> None:
        del self._window[: offset - self._start]
        self._start = max(self._start, offset)

    def skip(self, offset: int) -> None:
        """Throw away the content before `offset`."""
        while self.end < offset and not self.ended:
            self.fill(self.end + _READ_BYTES)
            self.release(min(offset, self.end))

    def read(self, length: int, offset: int) -> bytes:
        """At most `length` bytes at `offset`; fewer only at the end."""
        self.fill(offset + length)
        at = offset - self._start
        return bytes(self._window[at : at + length])

    def fill(self, until: int) -> None:
        while self.end < until and not self.ended:
            if not self._input:
                self._input = os.pread(self._fd, _READ_BYTES, self._at)
                self._at += len(self._input)
            exhausted = not self._input
            try:
                data = self._step(until - self.end)
            except (zlib.error, OSError, ValueError) as error:
                self.ended = True
                self.damage = f"not a sound {self._kind} file: {error}"
                return
            self._window += data
            if exhausted and not data and not self.ended:
                self.ended = True
                if self._inside or self._at == 0:
                    self.damage = f"not a whole {self._kind} file: it ends too early"

    def _step(self, room: int) -> bytes:
        """At most `room` more bytes. Both decoders keep what they could not put out; only zlib's gives input back."""
        decoder = self._decoder
        self._inside = self._inside or bool(self._input)
        data = decoder.decompress(self._input, room)
        self._input = b"" if isinstance(decoder, bz2.BZ2Decompressor) else decoder.unconsumed_tail
        if decoder.eof:
            self._inside = False
            self.ended = self._kind == "z"
            self._input = decoder.unused_data.lstrip(b"\0")
            self._decoder = self._fresh()
        return data

    def _fresh(self) -> zlib._Decompress | bz2.BZ2Decompressor:
        return bz2.BZ2Decompressor() if self._kind == "bz2" else zlib.decompressobj(_WINDOW_BITS[self._kind])
