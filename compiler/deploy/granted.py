"""Roles and bindings as written → what they grant, and whether it is what is needed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from compiler.deploy.permissions import OWN_NAMESPACE, Permission, place_name
from compiler.deploy.reading import ManifestError, read_objects
from compiler.diagnostics import Source, Span

__all__ = ["Excess", "Grant", "Granted", "read_granted"]

_KINDS = {"Role": "RoleBinding", "ClusterRole": "ClusterRoleBinding"}

Accounts = frozenset[str] | None
"""Names of the service accounts to whom something is bound; None when it is not known."""
_EVERYONE = "*"
_Bound = tuple[Mapping[str, Any], str, Accounts]
"""A role, its namespace, and whose it is."""


@dataclass(frozen=True, slots=True)
class Excess:
    """What of a rule is not needed. `what` are its verbs and resources; `only` where or on what it is needed, empty for
    nowhere. `kind` is none, namespace or name."""

    kind: str
    what: tuple[str, ...]
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grant:
    """One rule where it is bound: in a namespace, or with an empty one everywhere; and to whom."""

    verbs: tuple[str, ...]
    groups: tuple[str, ...]
    resources: tuple[str, ...]
    names: tuple[str, ...]
    urls: tuple[str, ...]
    namespace: str
    span: Span
    accounts: Accounts = None

    def binds(self, account: str) -> bool:
        """Whether it is, or with an empty name may be, that service account's."""
        return _has(self.accounts, account)

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
        """What of it nobody needs, or needs in so many places or on so many objects; what everyone has is there for others."""
        if self.accounts is not None and _EVERYONE in self.accounts:
            return
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
        return replace(self, verbs=(verb,), groups=(group,), resources=(resource,), urls=urls)


@dataclass(frozen=True, slots=True)
class Granted:
    """`unread` are those to whom something is bound that the text does not hold, so that more may be granted."""

    grants: tuple[Grant, ...]
    unread: tuple[Accounts, ...] = ()

    @property
    def open(self) -> bool:
        return bool(self.unread)

    def of(self, account: str) -> Granted:
        """What is granted to a service account."""
        return Granted(
            tuple(grant for grant in self.grants if grant.binds(account)),
            tuple(bound for bound in self.unread if _has(bound, account)),
        )

    def covers(self, one: Permission) -> bool:
        return self.open or any(grant.covers(one) for grant in self.grants)


def read_granted(source: Source) -> Granted:
    """Roles and ClusterRoles of a file of manifests, by their bindings; without any binding each as it stands.

    Other objects are passed over. Raises `ManifestError`.
    """
    roles: dict[tuple[str, str, str], Mapping[str, Any]] = {}
    bindings: list[tuple[str, str, str, str, Accounts]] = []
    for one in read_objects(source):
        kind, head = str(one.get("kind")), one.get("metadata") or {}
        name, namespace = str(head.get("name", "")), str(head.get("namespace") or "")
        if kind in _KINDS:
            roles[kind, namespace if kind == "Role" else "", name] = one
        elif kind in _KINDS.values():
            reference = one.get("roleRef") or {}
            named = (str(reference.get("kind")), str(reference.get("name")))
            bindings.append((kind, namespace, *named, _accounts(one.get("subjects"))))
    if not bindings:
        loose: list[_Bound] = [
            (one, (namespace or OWN_NAMESPACE) if kind == "Role" else "", None)
            for (kind, namespace, _), one in roles.items()
        ]
        return Granted(tuple(_grants(source, loose)), tuple(None for one, _, _ in loose if "aggregationRule" in one))
    bound: list[_Bound] = []
    unread: list[Accounts] = []
    for kind, namespace, role_kind, name, accounts in bindings:
        role = roles.get((role_kind, namespace if role_kind == "Role" else "", name))
        if role is None or "aggregationRule" in role:
            unread.append(accounts)
        if role is not None:
            bound.append((role, "" if kind == "ClusterRoleBinding" else namespace or OWN_NAMESPACE, accounts))
    return Granted(tuple(_grants(source, bound)), tuple(unread))


def _accounts(subjects: Any) -> Accounts:
    """The service accounts among the subjects of a binding."""
    found: set[str] = set()
    for one in subjects if isinstance(subjects, list) else ():
        kind, name = (one.get("kind"), str(one.get("name"))) if isinstance(one, Mapping) else (None, "")
        if kind == "Group" and (name == "system:authenticated" or name.startswith("system:serviceaccounts")):
            found.add(_EVERYONE)
        elif kind == "ServiceAccount" or (kind == "User" and name.startswith("system:serviceaccount:")):
            found.add(name.rpartition(":")[2])
    return frozenset(found)


def _grants(source: Source, roles: Iterable[_Bound]) -> Iterator[Grant]:
    for role, namespace, accounts in roles:
        rules: Any = role.get("rules") or []
        for at, rule in enumerate(rules):
            line, column = rules.lc.item(at)
            start = source.offset(line + 1, column + 1)
            span = Span(source, start, source.offset(line + 1) + len(source.line(line + 1)))
            if not isinstance(rule, Mapping):
                raise ManifestError(f"{span}: a rule is a map with `verbs` and `resources`, this is none")
            keys = ("verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs")
            verbs, groups, resources, names, urls = (_texts(rule, key, span) for key in keys)
            yield Grant(verbs, groups, resources, names, urls, namespace, span, accounts)


def _texts(rule: Mapping[str, Any], key: str, span: Span) -> tuple[str, ...]:
    value = rule.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ManifestError(f"{span}: `{key}` is a list of texts")
    return tuple(str(item) for item in value)


def _has(accounts: Accounts, account: str) -> bool:
    return accounts is None or not account or account in accounts or _EVERYONE in accounts


def _in(word: str, words: Collection[str]) -> bool:
    return "*" in words or word in words
