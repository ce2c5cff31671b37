"""Workload → the objects of its identity: ServiceAccount, roles and their bindings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from compiler.deploy.roles import PolicyRule, Role
from compiler.deploy.workload import Workload

__all__ = ["access_objects", "account_name", "labels", "metadata"]

_RBAC = "rbac.authorization.k8s.io"


def labels(workload: Workload) -> dict[str, str]:
    """What every object of a collector has, and what selects its pods."""
    return {"app.kubernetes.io/name": workload.name, "app.kubernetes.io/part-of": "kmon"}


def metadata(workload: Workload, *, name: str = "", namespace: str | None = None) -> dict[str, Any]:
    """`namespace` is that of the workload by default, and empty for what belongs to none."""
    place = workload.namespace if namespace is None else namespace
    return {
        "name": name or workload.name,
        **({"namespace": place} if place else {}),
        "labels": labels(workload),
    }


def account_name(workload: Workload) -> str:
    settings = workload.settings
    return settings.service_account_name or (workload.name if settings.service_account else "default")


def access_objects(workload: Workload) -> Iterator[dict[str, Any]]:
    """The ServiceAccount, then each role and its binding, the ClusterRole first."""
    settings = workload.settings
    if settings.service_account:
        head = metadata(workload, name=account_name(workload))
        head["labels"] = {**head["labels"], **settings.service_account_labels}
        if settings.service_account_annotations:
            head["annotations"] = dict(settings.service_account_annotations)
        yield {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": head,
            "automountServiceAccountToken": workload.token,
        }
    for role in workload.roles:
        yield from _role(workload, role)


def _role(workload: Workload, role: Role) -> Iterator[dict[str, Any]]:
    kind = "Role" if role.namespace else "ClusterRole"
    # What belongs to no namespace says which one it is for, so that two installations stand beside each other.
    name = workload.name if role.namespace == workload.namespace else f"kmon:{workload.namespace}:{workload.name}"
    head = metadata(workload, name=name, namespace=role.namespace)
    yield {"apiVersion": f"{_RBAC}/v1", "kind": kind, "metadata": head, "rules": [_rule(rule) for rule in role.rules]}
    yield {
        "apiVersion": f"{_RBAC}/v1",
        "kind": f"{kind}Binding",
        "metadata": head,
        "roleRef": {"apiGroup": _RBAC, "kind": kind, "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": account_name(workload), "namespace": workload.namespace}],
    }


def _rule(rule: PolicyRule) -> dict[str, Any]:
    if rule.urls:
        return {"nonResourceURLs": list(rule.urls), "verbs": list(rule.verbs)}
    found: dict[str, Any] = {"apiGroups": list(rule.groups), "resources": list(rule.resources)}
    if rule.names:
        found["resourceNames"] = list(rule.names)
    return {**found, "verbs": list(rule.verbs)}
