"""Target groups, as Prometheus' file and HTTP discovery have them: addresses with the labels that they share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from compiler.evaluate.types import Target
from runtime.polled import ReadError

__all__ = ["Group", "from_json", "from_yaml", "targets_of"]


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    targets: list[str] | None = None
    labels: dict[str, str] | None = None


_NULLS = ("", "~", "null", "Null", "NULL")


def from_json(text: bytes) -> list[Group]:
    """Raises `ReadError`: also for numbers where texts belong, and for unknown keys."""
    try:
        return msgspec.json.decode(text, type=list[Group] | None) or []
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ReadError(f"no JSON list of target groups: {_reason(error)}") from None


def from_yaml(text: bytes) -> list[Group]:
    """Scalars keep the text that they are written with (`1.50`, `true`). Raises `ReadError`."""
    from ruamel.yaml import YAML  # noqa: PLC0415
    from ruamel.yaml.error import MarkedYAMLError, YAMLError  # noqa: PLC0415

    try:
        loaded = YAML(typ="base", pure=True).load(text.decode("utf-8"))
        return msgspec.convert([_without_nulls(group) for group in _sequence(loaded)], list[Group])
    except MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" at line {mark.line + 1} column {mark.column + 1}" if mark is not None else ""
        reason = " ".join(filter(None, (error.context, error.problem)))
        raise ReadError(f"no YAML: {reason}{where}") from None
    except (YAMLError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise ReadError(f"no YAML list of target groups: {_reason(error)}") from None


def targets_of(groups: Iterable[Group], source: Mapping[str, str]) -> Iterator[Target]:
    """Each address with its group's labels and those of `source`, which says where the group was found."""
    for group in groups:
        for address in group.targets or ():
            yield Target({**(group.labels or {}), **source, "__address__": address})


def _sequence(loaded: Any) -> Any:
    if loaded is None or loaded in _NULLS:
        return []
    return msgspec.convert(loaded, list[Any])


def _without_nulls(group: Any) -> Any:
    """What is written and empty is not there, as in Go."""
    if not isinstance(group, dict):
        return group
    return {key: value for key, value in group.items() if not (key in ("targets", "labels") and value in _NULLS)}


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())
