"""Which part of long lists the component API shows: a cluster's targets would be hundreds of megabytes of JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

__all__ = ["Page", "PageError"]


class PageError(ValueError):
    """The text is one line and says what to write."""


@dataclass(frozen=True, slots=True)
class Page:
    """`limit` elements from `offset` on, of every attribute that is a list."""

    offset: int = 0
    limit: int = 500

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """From `?offset=500&limit=100`. Raises `PageError`."""
        numbers = {}
        for name in ("offset", "limit"):
            if (text := query.get(name)) is not None:
                if not (text.isascii() and text.isdigit()) or len(text) > 9:
                    raise PageError(f"`{name}={text}` is no count, write as in `?offset=500&limit=500`")
                numbers[name] = int(text)
        return cls(**numbers)

    def cut(self, value: Any) -> Any:
        """The part of a list that is shown; what is no list is shown whole."""
        return value[self.offset : self.offset + self.limit] if isinstance(value, list | tuple) else value

    def note(self, value: Any) -> dict[str, dict[str, int]]:
        """What stands beside an attribute of which only a part is shown."""
        if not isinstance(value, Sequence) or isinstance(value, str | bytes) or len(self.cut(value)) == len(value):
            return {}
        return {"elided": {"total": len(value), "offset": self.offset, "limit": self.limit}}
