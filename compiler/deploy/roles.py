"""Permissions → roles: as few rules as say exactly the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from compiler.deploy.permissions import Permission

__all__ = ["PolicyRule", "Role", "roles"]


@dataclass(frozen=True, slots=True, order=True)
class PolicyRule:
    """A rule as RBAC has it. `urls` stand alone: they belong to no resource."""

    groups: tuple[str, ...]
    resources: tuple[str, ...]
    verbs: tuple[str, ...]
    names: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Role:
    """A Role in `namespace`, or a ClusterRole when that is empty."""

    namespace: str
    rules: tuple[PolicyRule, ...]


def roles(permissions: Iterable[Permission]) -> tuple[Role, ...]:
    """One role for each namespace, the ClusterRole first. What the ClusterRole grants is not granted again."""
    everywhere = {one for one in permissions if not one.namespace}
    covered = {(one.verb, one.resource, one.name) for one in everywhere}
    places: dict[str, list[Permission]] = defaultdict(list)
    for one in sorted(permissions):
        wider = {(one.verb, one.resource, one.name), (one.verb, one.resource, "")}
        if one.namespace and wider & covered:
            continue
        if one.name and (one.verb, one.resource, "") in covered:
            continue
        places[one.namespace].append(one)
    return tuple(Role(namespace, _rules(places[namespace])) for namespace in sorted(places))


def _rules(permissions: Sequence[Permission]) -> tuple[PolicyRule, ...]:
    """Resources of one API group that are used by the same verbs and names share a rule."""
    verbs: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    unnamed = {(one.verb, one.resource) for one in permissions if not one.name}
    for one in permissions:
        if not one.url and not (one.name and (one.verb, one.resource) in unnamed):
            verbs[one.resource.group, one.resource.name, one.name].add(one.verb)
    names: dict[tuple[str, str, tuple[str, ...]], set[str]] = defaultdict(set)
    for (group, resource, name), used in verbs.items():
        names[group, resource, tuple(sorted(used))].add(name)
    resources: dict[tuple[str, tuple[str, ...], tuple[str, ...]], set[str]] = defaultdict(set)
    for (group, resource, used_verbs), named in names.items():
        resources[group, used_verbs, tuple(sorted(named - {""}))].add(resource)
    found = [
        PolicyRule((group,), tuple(sorted(found)), used_verbs, named)
        for (group, used_verbs, named), found in resources.items()
    ]
    urls = tuple(sorted({one.url for one in permissions if one.url}))
    if urls:
        found.append(PolicyRule((), (), ("get",), urls=urls))
    return tuple(sorted(found))
