"""What an Alloy expression evaluates to, as Python objects.

| Alloy                | Python                                                               |
|----------------------|----------------------------------------------------------------------|
| null, bool, string   | `None`, `bool`, `str`                                                |
| number               | `int` (int64 and uint64 kinds) or `float`                            |
| array, object        | `list`, `dict[str, ...]`                                             |
| function             | `Function` (standard library, see `stdlib`)                          |
| capsule              | any object with `capsule_type`: `Secret`, `OptionalSecret`, `Target`, receivers, rules |
"""

from __future__ import annotations

import re
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping
from typing import ClassVar, Protocol, TypeVar, overload, runtime_checkable
from weakref import WeakValueDictionary

__all__ = ["ByteSize", "Capsule", "Duration", "OptionalSecret", "Secret", "Target"]


@runtime_checkable
class Capsule(Protocol):
    """A value that expressions can pass on but not look into; the type's name is the catalog's (`loki.LogsReceiver`). One that has
    a `capsule_name` is shown by it."""

    capsule_type: ClassVar[str]


D = TypeVar("D")


class Secret:
    """A text that is never shown. `reveal` is the one way out."""

    __slots__ = ("_text",)
    capsule_type: ClassVar[str] = "alloytypes.Secret"

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __repr__(self) -> str:
        return "(secret)"

    __str__ = __repr__


class OptionalSecret:
    """A text that is secret or not, as `local.file` and `remote.kubernetes.configmap` export it."""

    __slots__ = ("is_secret", "text")
    capsule_type: ClassVar[str] = "alloytypes.OptionalSecret"

    def __init__(self, text: str, is_secret: bool) -> None:
        self.text = text
        self.is_secret = is_secret

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OptionalSecret) and (self.text, self.is_secret) == (other.text, other.is_secret)

    def __hash__(self) -> int:
        return hash((OptionalSecret, self.text, self.is_secret))

    def __repr__(self) -> str:
        return "(secret)" if self.is_secret else f"OptionalSecret({self.text!r})"


class _Shape:
    """The label names of targets, in order; targets with the same names share one."""

    __slots__ = ("__weakref__", "index", "names")

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self.index = {name: number for number, name in enumerate(names)}


_shapes: WeakValueDictionary[tuple[str, ...], _Shape] = WeakValueDictionary()


class Target(Mapping[str, str]):
    """An immutable label map, as discovery components export it. Equality ignores order.

    A cluster has tens of thousands, and few sets of names: a target holds only its values, which is a third of a dictionary.
    """

    __slots__ = ("_hash", "_shape", "_values")
    capsule_type: ClassVar[str] = "discovery.Target"

    def __init__(self, labels: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        if not isinstance(labels, dict):
            labels = dict(labels)
        names = tuple(labels)
        shape = _shapes.get(names)
        if shape is None:
            shape = _shapes[names] = _Shape(names)
        self._shape = shape
        self._values: tuple[str, ...] = tuple(labels.values())
        self._hash: int | None = None

    def __getitem__(self, name: str) -> str:
        return self._values[self._shape.index[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._shape.names)

    def __len__(self) -> int:
        return len(self._values)

    # `Mapping` goes through `__getitem__` for each of these.
    def __contains__(self, name: object) -> bool:
        return name in self._shape.index

    @overload
    def get(self, name: str, /) -> str | None: ...
    @overload
    def get(self, name: str, /, default: D) -> str | D: ...
    def get(self, name: str, /, default: object = None) -> object:
        number = self._shape.index.get(name)
        return default if number is None else self._values[number]

    def keys(self) -> KeysView[str]:
        return self._shape.index.keys()

    def items(self) -> ItemsView[str, str]:
        return dict(zip(self._shape.names, self._values, strict=True)).items()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Target):
            return False
        if self._shape is other._shape:
            return self._values == other._values
        return len(self) == len(other) and self.items() == other.items()

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(frozenset(self.items()))
        return self._hash

    def __repr__(self) -> str:
        return f"Target({dict(self)!r})"


_UNITS = {
    "ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9,
}  # fmt: skip
_DURATION_PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)")


class Duration(int):
    """Nanoseconds, read and written as Go's `time.Duration` (`1h2m3.5s`; no days, no bare number but `0`)."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Raises `ValueError` with Go's reason (missing unit, unknown unit, invalid duration)."""
        sign, rest = (-1, text[1:]) if text[:1] == "-" else (1, text.removeprefix("+"))
        if rest == "0":
            return cls(0)
        total, at = 0, 0
        while match := _DURATION_PART.match(rest, at):
            number, unit = match.groups()
            whole, _, fraction = number.partition(".")
            scale = _UNITS[unit]
            total += int(whole or 0) * scale + (int(fraction) * scale // 10 ** len(fraction) if fraction else 0)
            at = match.end()
        if not rest or at != len(rest):
            raise ValueError(_duration_fault(text, rest[at:]))
        return cls(sign * total)

    @property
    def seconds(self) -> float:
        return int(self) / 1e9

    def __str__(self) -> str:
        value = abs(int(self))
        sign = "-" if self < 0 else ""
        if value == 0:
            return "0s"
        if value < 10**9:
            for unit, scale in (("ms", 10**6), ("µs", 10**3), ("ns", 1)):
                if value >= scale:
                    return f"{sign}{_trimmed(value, scale)}{unit}"
        minutes, nanos = divmod(value, 60 * 10**9)
        hours, minutes = divmod(minutes, 60)
        head = f"{hours}h{minutes}m" if hours else f"{minutes}m" if minutes else ""
        return f"{sign}{head}{_trimmed(nanos, 10**9)}s"

    def __repr__(self) -> str:
        return f"Duration({str(self)!r})"


def _trimmed(value: int, scale: int) -> str:
    whole, rest = divmod(value, scale)
    if not rest:
        return str(whole)
    return f"{whole}.{str(rest).rjust(len(str(scale)) - 1, '0').rstrip('0')}"


def _duration_fault(text: str, rest: str) -> str:
    match = re.match(r"(\d+\.?\d*|\.\d+)(.*)", rest)
    if not match:
        return f'time: invalid duration "{text}"'
    unit = re.match(r"[^\d.]*", match[2])
    if not unit or not unit[0]:
        return f'time: missing unit in duration "{text}"'
    return f'time: unknown unit "{unit[0]}" in duration "{text}"'


_SIZES = {"": 1, "B": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40, "P": 1 << 50, "E": 1 << 60}
_SIZE = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(?:([KMGTPE])i?B?|B)?")


class ByteSize(int):
    """Bytes, read as Alloy reads them: `1MiB`, `512KB` (both mean powers of 1024), `100B`, or several in a row."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> ByteSize:
        """Raises `ValueError` when the text is no size."""
        total, at = 0.0, 0
        while at < len(text) and (match := _SIZE.match(text, at)):
            total += float(match[1]) * _SIZES[match[2] or ""]
            at = match.end()
        if not text or at != len(text):
            raise ValueError(f'units: invalid size "{text}"')
        return cls(int(total))

    def __str__(self) -> str:
        for unit in ("EiB", "PiB", "TiB", "GiB", "MiB", "KiB"):
            scale = _SIZES[unit[0]]
            if self and self % scale == 0:
                return f"{int(self) // scale}{unit}"
        return f"{int(self)}B"

    def __repr__(self) -> str:
        return f"ByteSize({str(self)!r})"
