"""Roles as written: what they grant, and what of it nobody needs."""

from __future__ import annotations

import pytest

from compiler.deploy.granted import Excess, Granted, read_granted
from compiler.deploy.permissions import OWN_NAMESPACE, Permission
from compiler.deploy.reading import ManifestError
from compiler.deploy.requirements import Resource
from compiler.diagnostics import Source

PODS, LOGS, SECRETS = Resource("", "pods"), Resource("", "pods/log"), Resource("", "secrets")


def grants(text: str) -> Granted:
    return read_granted(Source("rbac.yaml", text))


def role(rules: str, kind: str = "ClusterRole", namespace: str = "") -> str:
    place = f", namespace: {namespace}" if namespace else ""
    return f"kind: {kind}\nmetadata: {{name: r{place}}}\nrules: {rules}\n"


@pytest.mark.parametrize(
    ("rule", "one", "covered"),
    [
        ("{apiGroups: [''], resources: [pods], verbs: [list]}", Permission("list", PODS), True),
        ("{apiGroups: [''], resources: [pods], verbs: [list]}", Permission("watch", PODS), False),
        ("{apiGroups: [''], resources: [pods], verbs: [get]}", Permission("get", LOGS), False),
        ("{apiGroups: [''], resources: ['*/log'], verbs: [get]}", Permission("get", LOGS), True),
        ("{apiGroups: ['*'], resources: ['*'], verbs: ['*']}", Permission("get", Resource("apps", "replicasets")), True),
        ("{apiGroups: [apps], resources: [pods], verbs: [list]}", Permission("list", PODS), False),
        ("{apiGroups: [''], resources: [secrets], resourceNames: [a], verbs: [get]}", Permission("get", SECRETS, "x", "a"), True),
        ("{apiGroups: [''], resources: [secrets], resourceNames: [a], verbs: [get]}", Permission("get", SECRETS, "x", "b"), False),
        ("{apiGroups: [''], resources: [secrets], resourceNames: [a], verbs: [list]}", Permission("list", SECRETS), False),
        ("{nonResourceURLs: [/metrics/*], verbs: [get]}", Permission("get", Resource("", ""), url="/metrics/x"), True),
        ("{nonResourceURLs: [/metrics], verbs: [get]}", Permission("get", Resource("", ""), url="/logs"), False),
    ],
)  # fmt: skip
def test_a_rule_covers_what_it_says(rule: str, one: Permission, covered: bool) -> None:
    assert grants(role(f"[{rule}]")).covers(one) is covered


@pytest.mark.parametrize(("needed", "covered"), [("a", True), ("b", False), ("", False), (OWN_NAMESPACE, True)])
def test_a_role_covers_its_namespace(needed: str, covered: bool) -> None:
    found = grants(role("[{apiGroups: [''], resources: [pods], verbs: [list]}]", "Role", "a"))
    assert found.covers(Permission("list", PODS, needed)) is covered


def test_a_binding_says_where_a_role_counts() -> None:
    bound = "---\nkind: RoleBinding\nmetadata: {name: b, namespace: a}\nroleRef: {kind: ClusterRole, name: r}\n"
    found = grants(role("[{apiGroups: [''], resources: [pods], verbs: [list]}]") + bound)
    assert found.covers(Permission("list", PODS, "a"))
    assert not found.covers(Permission("list", PODS))
    assert not found.open


def test_what_is_bound_and_not_there_may_grant_more() -> None:
    found = grants("kind: ClusterRoleBinding\nmetadata: {name: b}\nroleRef: {kind: ClusterRole, name: view}\n")
    assert found.open
    assert found.covers(Permission("list", PODS))


def test_lists_and_other_objects_are_read_through() -> None:
    rule = "{apiGroups: [''], resources: [pods], verbs: [list]}"
    text = f"""
kind: List
items:
- {{kind: Service, metadata: {{name: s}}}}
- kind: ClusterRole
  metadata: {{name: r}}
  rules:
  - {rule}
"""
    (grant,) = grants(text).grants
    assert str(grant.span) == "rbac.yaml:8:5"


def test_excess() -> None:
    (grant,) = grants(role("[{apiGroups: [''], resources: [pods, secrets], verbs: [get, list]}]")).grants
    needed = [Permission("list", PODS, "a"), Permission("get", SECRETS, "", "s")]
    assert list(grant.excess(needed)) == [
        Excess("name", ("get secrets",), ("s",)),
        Excess("namespace", ("list pods",), ("a",)),
        Excess("none", ("get pods", "list secrets")),
    ]
    assert list(grant.excess([Permission(verb, one) for verb in ("get", "list") for one in (PODS, SECRETS)])) == []


def test_a_star_is_always_too_much_and_idle_names_too() -> None:
    (grant,) = grants(role("[{apiGroups: [''], resources: [pods], verbs: ['*']}]")).grants
    assert list(grant.excess([Permission("list", PODS)])) == [Excess("none", ("* pods",))]
    rule = "[{apiGroups: [''], resources: [secrets], resourceNames: [a, b], verbs: [get]}]"
    (grant,) = grants(role(rule, "Role", "x")).grants
    assert list(grant.excess([Permission("get", SECRETS, "x", "a")])) == [Excess("none", ("get secrets on b",))]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: [", "rbac.yaml:1:5: invalid YAML: "),
        ("- 1\n", "rbac.yaml:1:1: a manifest is a map with `kind`, this is none"),
        (role("[1]"), "rbac.yaml:3:9: a rule is a map with `verbs` and `resources`, this is none"),
        (role("[{verbs: list}]"), "rbac.yaml:3:9: `verbs` is a list of texts"),
    ],
)
def test_what_is_no_role_is_refused_at_its_place(text: str, problem: str) -> None:
    with pytest.raises(ManifestError) as caught:
        grants(text)
    assert str(caught.value).startswith(problem)


@pytest.mark.parametrize(
    ("subject", "whose"),
    [
        ("{kind: ServiceAccount, name: one, namespace: a}", {"one"}),
        ("{kind: User, name: 'system:serviceaccount:a:one'}", {"one"}),
        ("{kind: Group, name: 'system:serviceaccounts:a'}", {"one", "two"}),
        ("{kind: Group, name: 'system:masters'}", set()),
        ("{kind: User, name: one}", set()),
    ],
)
def test_a_role_is_theirs_to_whom_it_is_bound(subject: str, whose: set[str]) -> None:
    bound = f"---\nkind: ClusterRoleBinding\nroleRef: {{kind: ClusterRole, name: r}}\nsubjects: [{subject}]\n"
    found = grants(role("[{apiGroups: [''], resources: [pods], verbs: [list]}]") + bound)
    assert {one for one in ("one", "two") if found.of(one).covers(Permission("list", PODS))} == whose
    assert found.covers(Permission("list", PODS)), "nobody says whose configuration it is"


def test_what_is_not_there_may_grant_more_to_whom_it_is_bound() -> None:
    subjects = "subjects: [{kind: ServiceAccount, name: one}]\n"
    found = grants(f"kind: ClusterRoleBinding\nroleRef: {{kind: ClusterRole, name: view}}\n{subjects}")
    assert (found.of("one").open, found.of("two").open) == (True, False)


def test_what_everyone_may_is_in_vain_for_nobody() -> None:
    everyone = "subjects: [{kind: Group, name: 'system:authenticated'}]\n"
    bound = f"---\nkind: ClusterRoleBinding\nroleRef: {{kind: ClusterRole, name: r}}\n{everyone}"
    found = grants(role("[{apiGroups: [''], resources: [pods], verbs: [list]}]") + bound)
    assert [list(grant.excess([])) for grant in found.of("one").grants] == [[]]
