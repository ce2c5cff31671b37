"""Where the environment variables of a graph get their values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from compiler.deploy.settings import Json

__all__ = ["SECRET", "Variable", "environment_of"]

SECRET = "kmon"
"""The Secret that holds what stood literally in the values, an entry a variable."""

_FIELDS = {
    "HOSTNAME": "spec.nodeName",  # as k8s-monitoring has it: selectors of this node are made of it
    "NODE_NAME": "spec.nodeName",
    "K8S_NODE_NAME": "spec.nodeName",
    "KUBE_NODE_NAME": "spec.nodeName",
    "HOST_IP": "status.hostIP",
    "NODE_IP": "status.hostIP",
    "POD_NAME": "metadata.name",
    "POD_NAMESPACE": "metadata.namespace",
    "NAMESPACE": "metadata.namespace",
    "POD_UID": "metadata.uid",
    "POD_IP": "status.podIP",
}
"""Variables whose name says which field of the pod they hold."""


@dataclass(frozen=True, slots=True)
class Variable:
    """`source` is `{"value": …}` or `{"valueFrom": …}`, as a container has it."""

    name: str
    source: Json


def environment_of(read: Iterable[str], secrets: Iterable[str], given: Sequence[Json]) -> tuple[Variable, ...]:
    """The variables that are read, by name, then those that the user gives, which win.

    `secrets` are the variables that stand for literal secrets. What is read and known to nobody is left out.
    """
    extra = {str(one["name"]): Variable(one["name"], {k: v for k, v in one.items() if k != "name"}) for one in given}
    secret = frozenset(secrets)
    derived: list[Variable] = []
    for name in sorted(set(read) - extra.keys()):
        source: dict[str, Any] | None = None
        if name in secret:
            source = {"secretKeyRef": {"name": SECRET, "key": name}}
        elif name in _FIELDS:
            source = {"fieldRef": {"fieldPath": _FIELDS[name]}}
        if source is not None:
            derived.append(Variable(name, {"valueFrom": source}))
    return (*derived, *extra.values())
