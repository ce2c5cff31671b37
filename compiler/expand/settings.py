"""Values → what they say about the workload of a collector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from compiler.deploy.settings import Facts, ImageSettings, Settings
from compiler.values.document import View
from compiler.values.presets import collector_preset

__all__ = ["facts_of", "settings_of"]

_VAR_LOG = {"varlog": "/var/log", "dockercontainers": "/var/lib/docker/containers"}


def settings_of(root: View, collector: View | None, presets: Sequence[str]) -> Settings:
    """The settings of one collector; `collector` is None when the user wrote nothing about it."""
    runtime = root["runtime"].value
    facts = facts_of(presets)
    if collector is None:
        return Settings(runtime=runtime, facts=facts)
    container, controller = collector.section("alloy"), collector.section("controller")
    account, reloader = collector.section("serviceAccount"), collector.section("configReloader")
    image = collector.section("image")
    mounts, volumes = _mounts(container.section("mounts"))
    return Settings(
        runtime=collector["runtime"].value or runtime,
        image=_image(image),
        pull_policy=image["pullPolicy"].value,
        pull_secrets=image["pullSecrets"].value,
        stability=container["stabilityLevel"].value,
        storage_path=container["storagePath"].value,
        port=container["listenPort"].value,
        resources=container.section("resources").plain(),
        environment=container["extraEnv"].value,
        environment_from=container["envFrom"].value,
        extra_arguments=container["extraArgs"].value,
        extra_ports=container["extraPorts"].value,
        mounts=mounts,
        volumes=[*volumes, *controller.section("volumes")["extra"].value],
        claims=controller["volumeClaimTemplates"].value,
        security_context=container.section("securityContext").plain(),
        replicas=controller["replicas"].value,
        pod=_pod(controller),
        pod_labels=_texts(controller.section("podLabels")),
        pod_annotations=_texts(controller.section("podAnnotations")),
        grace_period=controller["terminationGracePeriodSeconds"].value or None,
        update_strategy=controller.section("updateStrategy").plain(),
        service=collector.section("service")["enabled"].value,
        rbac=collector.section("rbac")["create"].value,
        service_account=account["create"].value,
        service_account_name=account["name"].value,
        service_account_labels=_texts(account.section("additionalLabels")),
        service_account_annotations=_texts(account.section("annotations")),
        reloader=reloader["enabled"].value,
        reloader_image=_image(reloader.section("image")),
        reloader_resources=reloader.section("resources").plain(),
        facts=facts,
        spans=collector.spans(),
    )


def facts_of(presets: Sequence[str]) -> Facts:
    """What collector presets say together: lists and switches add up, of the rest the first wins."""
    found: dict[str, Any] = {}
    mounts: list[str] = []
    for name in presets:
        facts = collector_preset(name).facts
        mounts += facts.get("mounts", ())
        found = {**facts, **found}
    return Facts(
        mounts=tuple(dict.fromkeys(mounts)),
        resources=found.get("resources", {}),
        storage_path=found.get("storagePath", ""),
        host_network=found.get("hostNetwork", False),
        host_pid=found.get("hostPID", False),
        privileged=found.get("privileged", False),
        clustering=found.get("clustering", False),
        os=found.get("os", "linux"),
    )


def _image(values: View) -> ImageSettings:
    return ImageSettings(*(values[key].value for key in ("registry", "repository", "tag", "digest")))


def _mounts(values: View) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The mounts that are asked for, and the volumes of those that are switched on by a name."""
    named = [(key, path) for key, path in _VAR_LOG.items() if values[key]]
    mounts = [{"name": key, "mountPath": path, "readOnly": True} for key, path in named]
    return [*mounts, *values["extra"].value], [{"name": key, "hostPath": {"path": path}} for key, path in named]


def _pod(values: View) -> dict[str, Any]:
    """What goes into the pod's spec as it is."""
    found: dict[str, Any] = {key: values[key].value for key in ("tolerations", "topologySpreadConstraints")}
    found |= {key: values[key].value for key in ("priorityClassName", "dnsPolicy", "hostNetwork", "hostPID")}
    found["affinity"] = values.section("affinity").plain()
    found["nodeSelector"] = values.section("nodeSelector").plain()
    return {key: value for key, value in found.items() if value}


def _texts(values: View) -> dict[str, str]:
    """Labels and annotations are texts, whatever YAML makes of them."""
    return {
        key: str(setting.value).lower() if isinstance(setting.value, bool) else str(setting.value)
        for key, setting in values.items()
    }
