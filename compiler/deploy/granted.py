"""Roles and bindings as written → what they grant, and whether it is what is needed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compiler.deploy.permissions import OWN_NAMESPACE, Permission, place_name
from compiler.deploy.reading import ManifestError, read_objects
from compiler.diagnostics import Source, Span

__all__ = ["Excess", "Grant", "Granted", "read_granted"]

_KINDS = {"Role": "RoleBinding", "ClusterRole": "ClusterRoleBinding"}


@dataclass(frozen=True, slots=True)
class Excess:
    """What of a rule is not needed. `what` are its verbs and resources; `only` where or on what it is needed, empty for
    nowhere. `kind` is none, namespace or name."""

    kind: str
    what: tuple[str, ...]
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grant:
    """One rule where it is bound: in a namespace, or with an empty one everywhere."""

    verbs: tuple[str, ...]
    groups: tuple[str, ...]
    resources: tuple[str, ...]
    names: tuple[str, ...]
    urls: tuple[str, ...]
    namespace: str
    span: Span

    def covers(self, one: Permission) -> bool:
        return self._says(one) and (not self.names or one.name in self.names) and self._reaches(one)

    def _says(self, one: Permission) -> bool:
        if not _in(one.verb, self.verbs):
            return False
        if one.url:
            return any(url in ("*", one.url) or (url[-1:] == "*" and one.url.startswith(url[:-1])) for url in self.urls)
        resource = one.resource.name
        below = resource.partition("/")[2]
        found = _in(resource, self.resources) or (below != "" and f"*/{below}" in self.resources)
        return found and _in(one.resource.group, self.groups)

    def _reaches(self, one: Permission) -> bool:
        if not self.namespace or not one.known:
            return True
        if not one.namespace:
            return False
        return OWN_NAMESPACE in (self.namespace, one.namespace) or self.namespace == one.namespace

    def excess(self, needed: Collection[Permission]) -> Iterator[Excess]:
        """What of it nobody needs, or needs in so many places or on so many objects."""
        vain: list[str] = []
        for text, one in self._parts():
            using = [need for need in needed if one._says(need) and one._reaches(need)]
            if not using or "*" in (*one.verbs, *one.groups, *one.resources):
                vain.append(text)
                continue
            if not self.namespace and all(need.namespace and need.known for need in using):
                yield Excess("namespace", (text,), tuple(sorted({place_name(need.namespace) for need in using})))
            if not self.names and all(need.name for need in using):
                yield Excess("name", (text,), tuple(sorted({need.name for need in using})))
            if idle := sorted(set(self.names) - {need.name for need in using}):
                vain.append(f"{text} on {', '.join(idle)}")
        if vain:
            yield Excess("none", tuple(vain))

    def _parts(self) -> Iterator[tuple[str, Grant]]:
        """Each verb on each resource, as kubectl writes it."""
        for verb in self.verbs:
            for url in self.urls:
                yield f"{verb} {url}", self._part(verb, "", "", url)
            for group in self.groups:
                for resource in self.resources:
                    text = f"{verb} {resource}.{group}" if group else f"{verb} {resource}"
                    yield text, self._part(verb, group, resource, "")

    def _part(self, verb: str, group: str, resource: str, url: str) -> Grant:
        urls = (url,) if url else ()
        return Grant((verb,), (group,), (resource,), self.names, urls, self.namespace, self.span)


@dataclass(frozen=True, slots=True)
class Granted:
    """With `open` something is bound that the text does not hold, so that more may be granted."""

    grants: tuple[Grant, ...]
    open: bool = False

    def covers(self, one: Permission) -> bool:
        return self.open or any(grant.covers(one) for grant in self.grants)


def read_granted(source: Source) -> Granted:
    """Roles and ClusterRoles of a file of manifests, by their bindings; without any binding each as it stands.

    Other objects are passed over. Raises `ManifestError`.
    """
    roles: dict[tuple[str, str, str], Mapping[str, Any]] = {}
    bindings: list[tuple[str, str, str, str]] = []
    for one in read_objects(source):
        kind, head = str(one.get("kind")), one.get("metadata") or {}
        name, namespace = str(head.get("name", "")), str(head.get("namespace") or "")
        if kind in _KINDS:
            roles[kind, namespace if kind == "Role" else "", name] = one
        elif kind in _KINDS.values():
            reference = one.get("roleRef") or {}
            bindings.append((kind, namespace, str(reference.get("kind")), str(reference.get("name"))))
    if not bindings:
        loose = [
            (one, (namespace or OWN_NAMESPACE) if kind == "Role" else "") for (kind, namespace, _), one in roles.items()
        ]
        return Granted(tuple(_grants(source, loose)), any("aggregationRule" in one for one, _ in loose))
    bound: list[tuple[Mapping[str, Any], str]] = []
    more = False
    for kind, namespace, role_kind, name in bindings:
        role = roles.get((role_kind, namespace if role_kind == "Role" else "", name))
        more |= role is None or "aggregationRule" in role
        if role is not None:
            bound.append((role, "" if kind == "ClusterRoleBinding" else namespace or OWN_NAMESPACE))
    return Granted(tuple(_grants(source, bound)), more)


def _grants(source: Source, roles: Iterable[tuple[Mapping[str, Any], str]]) -> Iterator[Grant]:
    for role, namespace in roles:
        rules: Any = role.get("rules") or []
        for at, rule in enumerate(rules):
            line, column = rules.lc.item(at)
            start = source.offset(line + 1, column + 1)
            span = Span(source, start, source.offset(line + 1) + len(source.line(line + 1)))
            if not isinstance(rule, Mapping):
                raise ManifestError(f"{span}: a rule is a map with `verbs` and `resources`, this is none")
            keys = ("verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs")
            verbs, groups, resources, names, urls = (_texts(rule, key, span) for key in keys)
            yield Grant(verbs, groups, resources, names, urls, namespace, span)


def _texts(rule: Mapping[str, Any], key: str, span: Span) -> tuple[str, ...]:
    value = rule.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ManifestError(f"{span}: `{key}` is a list of texts")
    return tuple(str(item) for item in value)


def _in(word: str, words: Collection[str]) -> bool:
    return "*" in words or word in words
