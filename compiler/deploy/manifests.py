"""Workload → Kubernetes objects, ready to be applied; nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from compiler.deploy.access import access_objects, labels, metadata
from compiler.deploy.pod import CONFIG_FILE, pod_template
from compiler.deploy.workload import STORAGE, Workload

__all__ = ["objects"]

_KINDS = {"daemonset": "DaemonSet", "deployment": "Deployment", "statefulset": "StatefulSet"}

Json = dict[str, Any]


def objects(workload: Workload) -> Iterator[Json]:
    """Everything of one collector, in an order in which it can be applied."""
    yield from access_objects(workload)
    yield {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(workload),
        "data": {CONFIG_FILE: workload.config},
    }
    if workload.settings.service:
        yield _service(workload)
    if workload.clustered:
        yield _peers(workload)
    yield _controller(workload)


def _service(workload: Workload) -> Json:
    ports = [
        {"name": port.name, "port": port.number, "targetPort": port.name, "protocol": port.protocol}
        for port in workload.ports
    ]
    spec = {"type": "ClusterIP", "selector": labels(workload), "ports": ports}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata(workload), "spec": spec}


def _peers(workload: Workload) -> Json:
    """The headless Service by which replicas find each other, ready or not."""
    server = workload.ports[0]
    spec = {
        "clusterIP": "None",
        "publishNotReadyAddresses": True,
        "selector": labels(workload),
        "ports": [{"name": server.name, "port": server.number, "targetPort": server.name, "protocol": "TCP"}],
    }
    head = metadata(workload, name=f"{workload.name}-cluster")
    return {"apiVersion": "v1", "kind": "Service", "metadata": head, "spec": spec}


def _controller(workload: Workload) -> Json:
    spec: Json = {"selector": {"matchLabels": labels(workload)}, "template": pod_template(workload)}
    update = dict(workload.settings.update_strategy)
    match workload.kind:
        case "daemonset":
            spec |= {"updateStrategy": update} if update else {}
        case "deployment":
            # Two that read the same would send everything twice, as long as both are there.
            update = update or ({"type": "Recreate"} if workload.singleton else {})
            spec |= {"replicas": workload.replicas, **({"strategy": update} if update else {})}
        case _:
            claims = [dict(claim) for claim in workload.settings.claims]
            if workload.storage.claim_gib and STORAGE not in workload.settings.claim_names:
                claims.append(_claim(workload))
            spec |= {
                "replicas": workload.replicas,
                **({"serviceName": workload.name} if workload.settings.service else {}),
                "podManagementPolicy": "Parallel",
                **({"updateStrategy": update} if update else {}),
                **({"volumeClaimTemplates": claims} if claims else {}),
            }
    return {
        "apiVersion": "apps/v1",
        "kind": _KINDS[workload.kind],
        "metadata": metadata(workload),
        "spec": spec,
    }


def _claim(workload: Workload) -> Json:
    return {
        "metadata": {"name": STORAGE},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": f"{workload.storage.claim_gib}Gi"}},
        },
    }
