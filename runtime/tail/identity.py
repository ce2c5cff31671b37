"""What makes a file the same file: device, inode and its first bytes, never its name."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

__all__ = ["EMPTY", "HEAD_BYTES", "Fingerprint", "fingerprint"]

HEAD_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """`digest` of the first `length` bytes of a file, at most `HEAD_BYTES`: a hash, so that positions hold no log
    text."""

    length: int
    digest: str

    def matches(self, head: bytes) -> bool:
        """Whether a file that begins with `head` begins with these bytes; the fingerprint of nothing matches
        nothing."""
        return 0 < self.length <= len(head) and _digest(head[: self.length]) == self.digest

    def fits(self, head: bytes) -> bool:
        """As `matches`, for a file already known by its inode: nothing contradicts it."""
        return self.length == 0 or self.matches(head)


def fingerprint(head: bytes) -> Fingerprint:
    head = head[:HEAD_BYTES]
    return Fingerprint(len(head), _digest(head)) if head else EMPTY


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=12).hexdigest()


EMPTY = Fingerprint(0, "")
