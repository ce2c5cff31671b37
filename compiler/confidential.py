"""What is a secret by its looks, where no type says so."""

from __future__ import annotations

import re

__all__ = ["has_password", "is_secret_header", "without_password"]

_HEADER = re.compile(r"authorization|cookie|token|secret|password|api[-_]?key", re.IGNORECASE)
_PASSWORD = re.compile(r"^([a-z0-9+.-]+://[^/@:\s]*):[^/@\s]*@", re.IGNORECASE)


def is_secret_header(name: str) -> bool:
    """Whether the value of an HTTP header of this name is to be kept."""
    return _HEADER.search(name) is not None


def has_password(url: str) -> bool:
    return _PASSWORD.match(url) is not None


def without_password(text: str) -> str:
    """A URL as Go's `URL.Redacted` shows it; what is no URL with a password stays as it is."""
    return _PASSWORD.sub(r"\1:xxxxx@", text)
