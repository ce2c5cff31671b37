"""Workload → the template of its pods."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from compiler.deploy.access import account_name, labels
from compiler.deploy.runtimes import RELOADER, image_name
from compiler.deploy.workload import STORAGE, Workload

__all__ = ["CONFIG_FILE", "pod_template"]

CONFIG_FILE = "config.alloy"
_CHECKSUM = "checksum/config"

Json = dict[str, Any]


def pod_template(workload: Workload) -> Json:
    """The pod. Its annotation changes with the configuration when nothing reloads it: a restart or a reload, never both."""
    settings = workload.settings
    annotations = dict(settings.pod_annotations)
    if not settings.reloader:
        annotations[_CHECKSUM] = hashlib.sha256(workload.config.encode()).hexdigest()
    head: Json = {"labels": {**settings.pod_labels, **labels(workload)}}
    if annotations:
        head["annotations"] = annotations
    return {"metadata": head, "spec": _spec(workload)}


def _spec(workload: Workload) -> Json:
    settings = workload.settings
    spec: Json = {
        "serviceAccountName": account_name(workload),
        "automountServiceAccountToken": workload.token,
        "terminationGracePeriodSeconds": workload.grace_seconds,
        "nodeSelector": {"kubernetes.io/os": "linux", **settings.pod.get("nodeSelector", {})},
        "securityContext": _pod_security(workload),
    }
    if workload.kind == "daemonset":
        # A node that takes no other pods has logs all the same.
        spec["tolerations"] = [{"effect": "NoSchedule", "operator": "Exists"}]
    if workload.host_pid:
        spec["hostPID"] = True
    if workload.host_network:
        spec |= {"hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"}
    if settings.pull_secrets:
        spec["imagePullSecrets"] = [dict(secret) for secret in settings.pull_secrets]
    spec |= {key: value for key, value in settings.pod.items() if key != "nodeSelector"}
    spec["containers"] = [_container(workload), *([_reloader(workload)] if settings.reloader else [])]
    spec["volumes"] = list(_volumes(workload))
    return spec


def _pod_security(workload: Workload) -> Json:
    context: Json = {"seccompProfile": {"type": "RuntimeDefault"}}
    if (workload.storage.claim_gib or workload.storage.given) and not workload.root:
        # A volume belongs to root when it is new.
        context["fsGroup"] = workload.runtime.user
    return context


def _container(workload: Workload) -> Json:
    settings, runtime = workload.settings, workload.runtime
    container: Json = {
        "name": settings.runtime,
        "image": image_name(settings.image, runtime.image),
        "imagePullPolicy": settings.pull_policy,
        "args": list(_arguments(workload)),
        "env": [{"name": variable.name, **variable.source} for variable in workload.environment],
        "envFrom": [dict(source) for source in settings.environment_from],
        "ports": [
            {"name": port.name, "containerPort": port.number, "protocol": port.protocol} for port in workload.ports
        ],
        # Not /-/healthy: one component without its server is no reason to restart the others, or to take their senders away.
        "readinessProbe": {"httpGet": {"path": "/-/ready", "port": "http-metrics"}, "periodSeconds": 5},
        "livenessProbe": {
            "httpGet": {"path": "/-/ready", "port": "http-metrics"},
            "initialDelaySeconds": 30,
            "periodSeconds": 20,
            "timeoutSeconds": 5,
            "failureThreshold": 6,
        },
        "resources": dict(workload.resources),
        "securityContext": {**_security(workload), **settings.security_context},
        "volumeMounts": list(_mounts(workload)),
    }
    return {key: value for key, value in container.items() if value != []}


def _arguments(workload: Workload) -> Iterator[str]:
    settings, runtime = workload.settings, workload.runtime
    yield "run"
    yield f"{runtime.config_folder}/{CONFIG_FILE}"
    yield f"--storage.path={workload.storage.path}"
    yield f"--server.http.listen-addr=0.0.0.0:{settings.port}"
    yield f"--stability.level={settings.stability}"
    yield from runtime.flags
    if workload.clustered:
        yield "--cluster.enabled=true"
        yield f"--cluster.join-addresses={workload.name}-cluster"
    yield from settings.extra_arguments


def _security(workload: Workload) -> Json:
    if workload.privileged:
        return {"privileged": True, "runAsUser": 0, "readOnlyRootFilesystem": True}
    # Without capabilities root reads only what belongs to root.
    added = {"add": ["DAC_READ_SEARCH"]} if workload.reads_others else {}
    user = {"runAsUser": 0} if workload.root else {"runAsNonRoot": True, "runAsUser": workload.runtime.user}
    return {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"], **added},
        "readOnlyRootFilesystem": True,
        **user,
        "runAsGroup": user["runAsUser"],
    }


def _mounts(workload: Workload) -> Iterator[Json]:
    yield {"name": "config", "mountPath": workload.runtime.config_folder, "readOnly": True}
    if not workload.storage.given:
        yield {"name": STORAGE, "mountPath": workload.storage.path}
    yield {"name": "tmp", "mountPath": "/tmp"}
    for one in workload.host_paths:
        yield {"name": _volume_name(one.path), "mountPath": one.path, "readOnly": True}
    for given in workload.settings.mounts:
        yield dict(given)


def _volumes(workload: Workload) -> Iterator[Json]:
    yield {"name": "config", "configMap": {"name": workload.name}}
    storage = workload.storage
    if storage.node:
        yield {"name": STORAGE, "hostPath": {"path": storage.node, "type": "DirectoryOrCreate"}}
    elif not storage.given and not storage.claim_gib:
        yield {"name": STORAGE, "emptyDir": {}}
    yield {"name": "tmp", "emptyDir": {}}
    for one in workload.host_paths:
        kind = {"type": "File"} if one.file else {}
        yield {"name": _volume_name(one.path), "hostPath": {"path": one.node, **kind}}
    for given in workload.settings.volumes:
        yield dict(given)


def _volume_name(path: str) -> str:
    """`host-var-log-pods`; what names cannot hold becomes `-`, with a digest so that no two paths share a name."""
    words = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in path.lower()).strip("-")
    if words.replace("-", "/") == path.strip("/") and len(words) <= 58:
        return f"host-{words}"
    return f"host-{words[:49].strip('-')}-{hashlib.sha256(path.encode()).hexdigest()[:8]}"


def _reloader(workload: Workload) -> Json:
    """A second container that watches the mounted configuration and asks the first one to load it."""
    settings, folder = workload.settings, workload.runtime.config_folder
    return {
        "name": "config-reloader",
        "image": image_name(settings.reloader_image, RELOADER),
        "imagePullPolicy": settings.pull_policy,
        "args": [f"--watched-dir={folder}", f"--reload-url=http://localhost:{settings.port}/-/reload"],
        "resources": dict(settings.reloader_resources) or {"requests": {"cpu": "10m", "memory": "50Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "runAsUser": 65534,
            "runAsGroup": 65534,
        },
        "volumeMounts": [{"name": "config", "mountPath": folder, "readOnly": True}],
    }
