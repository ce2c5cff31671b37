"""Reports what Kubernetes would refuse in a workload, or what it would ignore."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from compiler.deploy import errors
from compiler.deploy.pod import pod_template
from compiler.deploy.workload import Workload
from compiler.diagnostics import Diagnostics

__all__ = ["check_workload"]

_NAME = re.compile(r"[a-z]([-a-z0-9]{0,53}[a-z0-9])?")
"""A label of DNS as a Service has it, with room for `-cluster`."""


def check_workload(workload: Workload, diagnostics: Diagnostics) -> None:
    settings = workload.settings
    if not _NAME.fullmatch(workload.name):
        diagnostics.report(errors.BadObjectName(workload.name), settings.span(""))
    if settings.facts.os != "linux":
        diagnostics.report(errors.WindowsUnsupported(), settings.span("presets"))
    if workload.clustered and not workload.runtime.clusters:
        diagnostics.report(errors.ClusteringNeedsAlloy(workload.replicas or 1), settings.span("presets"))
    if workload.singleton and settings.replicas > 1:
        diagnostics.report(errors.SeveralSingletons(settings.replicas), settings.span("controller.replicas"))
    strategy = settings.update_strategy
    if workload.singleton and workload.kind == "deployment" and strategy and strategy.get("type") != "Recreate":
        diagnostics.report(errors.TwoAtARollout(), settings.span("controller.updateStrategy"))
    if workload.kind == "daemonset" and "controller.replicas" in settings.spans:
        fact = errors.UnusedForKind("controller.replicas", workload.kind)
        diagnostics.report(fact, settings.span("controller.replicas"))
    if workload.kind != "statefulset" and settings.claims:
        fact = errors.UnusedForKind("controller.volumeClaimTemplates", workload.kind)
        diagnostics.report(fact, settings.span("controller.volumeClaimTemplates"))
    for name in _twice([port.name for port in workload.ports]):
        diagnostics.report(errors.TakenName("port", name), settings.span("alloy.extraPorts"))
    _check_volumes(workload, diagnostics)


def _twice(names: Sequence[str]) -> Iterator[str]:
    """Each name once more for each time that it stands again."""
    return (name for at, name in enumerate(names) if name in names[:at])


def _check_volumes(workload: Workload, diagnostics: Diagnostics) -> None:
    settings = workload.settings
    names = [str(volume["name"]) for volume in pod_template(workload)["spec"]["volumes"]]
    for name in _twice(names):
        diagnostics.report(errors.TakenName("volume", name), settings.span("controller.volumes.extra"))
    claims = settings.claim_names if workload.kind == "statefulset" else ()
    for name in _twice([*dict.fromkeys(names), *claims]):
        diagnostics.report(errors.TakenName("volume", name), settings.span("controller.volumeClaimTemplates"))
    for mount in settings.mounts:
        if mount["name"] not in (*names, *claims):
            given = tuple(str(volume["name"]) for volume in settings.volumes)
            diagnostics.report(errors.NoSuchVolume(mount["name"], given), settings.span("alloy.mounts.extra"))
