"""Finds components: every module under `runtime.components` registers what it defines, no list is kept by hand.

Refused at import: a name twice, a class without documentation. A contract test holds name, arguments and exports
against Alloy's catalog.

Importing a component's module must stay cheap for those who do not use it: `find("loki.write")` imports
`runtime.components.loki.write` alone (the component's name is its module's name), and heavy packages are imported when
the component is built.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from runtime.component import Component

__all__ = ["Registration", "component", "find", "names"]

_ROOT = "runtime.components"


@dataclass(frozen=True, slots=True)
class Registration:
    """What the engine knows of a component.

    `unsupported` names arguments and blocks of Alloy's that this runtime does not honour yet, with dots into blocks
    (`endpoint.sigv4`): using one is an error before anything starts. Where a set cannot say it (stages that nest and
    are registered one by one), `supports` is asked for the path of every argument and block that is written.

    `deferred` names arguments and blocks in the same way that the component can begin without, as long as their values are
    still to come from elsewhere.
    """

    name: str
    arguments: type[msgspec.Struct]
    exports: type[msgspec.Struct] | None
    build: type[Component[Any]]
    unsupported: frozenset[str] = frozenset()
    supports: Callable[[str], bool] | None = None
    deferred: frozenset[str] = frozenset()

    def honours(self, path: str) -> bool:
        """Whether this runtime does what the argument or block at `path` says."""
        return path not in self.unsupported and (self.supports is None or self.supports(path))

    def defers(self, path: str) -> bool:
        """Whether the component can begin without a value for the argument at `path` (`endpoint[0].bearer_token`)."""
        parts = re.sub(r"\[\d+\]", "", path).split(".")
        return any(".".join(parts[:length]) in self.deferred for length in range(1, len(parts) + 1))


_registered: dict[str, Registration] = {}
C = TypeVar("C", bound=type[Component[Any]])


def component(
    name: str,
    *,
    arguments: type[msgspec.Struct],
    exports: type[msgspec.Struct] | None = None,
    unsupported: frozenset[str] = frozenset(),
    supports: Callable[[str], bool] | None = None,
    deferred: frozenset[str] = frozenset(),
) -> Callable[[C], C]:
    """Register the class below as the component `name`. Raises `TypeError` for what must not land."""

    def register(cls: C) -> C:
        if name in _registered:
            raise TypeError(f"component {name} is registered twice")
        if not cls.__doc__:
            raise TypeError(f"component {name} has no documentation")
        _registered[name] = Registration(name, arguments, exports, cls, unsupported, supports, deferred)
        return cls

    return register


def find(name: str) -> Registration | None:
    """The registration of `name`, importing its module when needed; None for a component this runtime lacks."""
    if name not in _registered:
        module = f"{_ROOT}.{name}"
        try:
            spec = importlib.util.find_spec(module)
        except ModuleNotFoundError:
            return None
        if spec is None:
            return None
        importlib.import_module(module)
    return _registered.get(name)


def names() -> tuple[str, ...]:
    """Every component of this runtime, sorted; imports them all."""
    package = importlib.import_module(_ROOT)
    for module in pkgutil.walk_packages(package.__path__, f"{_ROOT}."):
        if not module.name.rpartition(".")[2].startswith("_"):
            importlib.import_module(module.name)
    return tuple(sorted(_registered))
