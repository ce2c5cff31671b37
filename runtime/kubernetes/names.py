"""Names of objects, as the API's "Object Names and IDs" has them: another one would be a part of another path of the API."""

from __future__ import annotations

import re
from collections.abc import Sequence

from runtime.component import ComponentError

__all__ = ["check_name", "check_namespace", "check_namespaces"]

_LABEL = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_NAMESPACE = re.compile(_LABEL)
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")


def check_name(name: str, attribute: str) -> None:
    """Raises `ComponentError`."""
    if not _NAME.fullmatch(name):
        raise ComponentError(f"`{name}` is no name of an object: lower-case letters, digits, `-` and `.`", attribute)


def check_namespace(name: str, attribute: str) -> None:
    """Raises `ComponentError`."""
    if not _NAMESPACE.fullmatch(name):
        raise ComponentError(f"`{name}` is no name of a namespace: lower-case letters, digits and `-`", attribute)


def check_namespaces(names: Sequence[str], attribute: str) -> None:
    """Raises `ComponentError`: also for an empty name, as that of a variable that is not set, which would stand for all of them."""
    for index, name in enumerate(names):
        check_namespace(name, f"{attribute}[{index}]")
