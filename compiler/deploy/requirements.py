"""Reads `schemas/requirements.yaml`: what each component needs of the cluster and of its node. The file explains its keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from compiler import resources

__all__ = ["Conditions", "Environment", "Need", "Requirement", "Resource", "load_requirements"]

Conditions = Mapping[str, tuple[Any, ...]]
"""Argument path to the values of which one must be there."""


@dataclass(frozen=True, slots=True, order=True)
class Resource:
    """`group` is empty for the core API; `name` may be a subresource (`pods/log`)."""

    group: str
    name: str
    cluster_scoped: bool = False

    def __str__(self) -> str:
        return f"{self.name}.{self.group}" if self.group else self.name


@dataclass(frozen=True, slots=True)
class Need:
    """`verbs` on `resources`, or `get` on the path that the argument `url` holds."""

    verbs: tuple[str, ...]
    resources: tuple[Resource, ...] = ()
    url: str = ""
    when: Conditions | None = None
    everywhere: bool = False
    discovered: str = ""


@dataclass(frozen=True, slots=True)
class Environment:
    """A variable that a component reads: `name`, or what the argument `argument` holds."""

    name: str = ""
    argument: str = ""
    when: Conditions | None = None


@dataclass(frozen=True, slots=True)
class Requirement:
    client: str = ""
    when: Conditions | None = None
    namespaces: str = ""
    own: str = ""
    service: str = ""
    targets: str = ""
    names: str = ""
    needs: tuple[Need, ...] = ()
    environment: tuple[Environment, ...] = ()
    listens: Mapping[str, tuple[str, ...]] | None = None
    """Protocol (tcp, udp) to paths."""
    state: Mapping[str, Conditions | None] = field(default_factory=dict)
    """What is kept below the storage path and has to outlive the pod, and when."""
    host_patterns: tuple[str, ...] = ()
    host_folders: tuple[str, ...] = ()
    host_files: tuple[str, ...] = ()
    host_paths: tuple[str, ...] = ()
    host_pid: bool = False
    privileged: bool = False


@cache
def load_requirements() -> Mapping[str, Requirement]:
    """Component name to what it needs; a component that is not there needs nothing."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - only what is deployed or linted for a place pays for it

    read = YAML(typ="safe", pure=True).load((resources.schemas() / "requirements.yaml").read_text(encoding="utf-8"))
    cluster_scoped = frozenset(read["clusterScoped"])
    return {name: _requirement(entry, cluster_scoped) for name, entry in read["components"].items()}


def _requirement(entry: dict[str, Any], cluster_scoped: frozenset[str]) -> Requirement:
    host = entry.pop("host", {})
    return Requirement(
        when=_conditions(entry.pop("when", None)),
        needs=tuple(_need(one, cluster_scoped) for one in entry.pop("needs", ())),
        environment=tuple(
            Environment(one.get("name", ""), one.get("from", ""), _conditions(one.get("when")))
            for one in entry.pop("environment", ())
        ),
        state={what: _conditions(when) for what, when in entry.pop("state", {}).items()},
        listens={protocol: tuple(paths) for protocol, paths in entry.pop("listens", {}).items()},
        host_patterns=tuple(host.get("patterns", ())),
        host_folders=tuple(host.get("folders", ())),
        host_files=tuple(host.get("files", ())),
        host_paths=tuple(host.get("paths", ())),
        host_pid=host.get("pid", False),
        privileged=host.get("privileged", False),
        **entry,
    )


def _need(entry: dict[str, Any], cluster_scoped: frozenset[str]) -> Need:
    verbs = ("list", "watch") if "watch" in entry else ("get",)
    names = entry.get("watch", entry.get("get", ()))
    return Need(
        verbs,
        tuple(_resource(name, name in cluster_scoped) for name in names),
        entry.get("url", ""),
        _conditions(entry.get("when")),
        entry.get("everywhere", False),
        entry.get("discovered", ""),
    )


def _resource(text: str, cluster_scoped: bool) -> Resource:
    name, _, group = text.partition(".")
    return Resource(group, name, cluster_scoped)


def _conditions(entry: dict[str, Any] | None) -> Conditions | None:
    if entry is None:
        return None
    return {path: tuple(value) if isinstance(value, list) else (value,) for path, value in entry.items()}
