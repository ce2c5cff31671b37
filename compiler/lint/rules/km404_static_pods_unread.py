"""The logs of static pods are not read.

*What it finds*: rules that build the path of a pod's logs from `__meta_kubernetes_pod_uid` without a second rule for
`__meta_kubernetes_pod_annotation_kubernetes_io_config_mirror`, where files are read at these paths.

*Why it hurts*: the kubelet names the folder of a static pod by the hash of its manifest, not by the uid that the API server
shows. Without the second rule the logs of the control plane (`kube-apiserver`, `etcd`) are missing, and nothing says so.

*Example*:

```alloy
discovery.kubernetes "pods" {
        role = "pod"
}

discovery.relabel "pods" {
        targets = discovery.kubernetes.pods.targets

        rule {
                source_labels = ["__meta_kubernetes_pod_name"]
                target_label  = "pod"
        }

        rule {
                source_labels = ["__meta_kubernetes_pod_uid", "__meta_kubernetes_pod_container_name"]
                separator     = "/"
                replacement   = "/var/log/pods/*$1/*.log"
                target_label  = "__path__"
        }
}

local.file_match "pods" {
        path_targets = discovery.relabel.pods.output
}

loki.source.file "pods" {
        targets    = local.file_match.pods.targets
        forward_to = [loki.process.pods.receiver]
}

loki.process "pods" {
        forward_to = [loki.echo.out.receiver]

        stage.cri { }
}

loki.echo "out" { }
```

*Use instead*:

```alloy
discovery.kubernetes "pods" {
        role = "pod"
}

discovery.relabel "pods" {
        targets = discovery.kubernetes.pods.targets

        rule {
                source_labels = ["__meta_kubernetes_pod_name"]
                target_label  = "pod"
        }

        rule {
                source_labels = ["__meta_kubernetes_pod_uid", "__meta_kubernetes_pod_container_name"]
                separator     = "/"
                replacement   = "/var/log/pods/*$1/*.log"
                target_label  = "__path__"
        }

        rule {
                source_labels = [
                        "__meta_kubernetes_pod_annotation_kubernetes_io_config_mirror",
                        "__meta_kubernetes_pod_container_name",
                ]
                separator     = "/"
                regex         = "(.+/.+)"
                replacement   = "/var/log/pods/*$1/*.log"
                target_label  = "__path__"
        }
}

local.file_match "pods" {
        path_targets = discovery.relabel.pods.output
}

loki.source.file "pods" {
        targets    = local.file_match.pods.targets
        forward_to = [loki.process.pods.receiver]
}

loki.process "pods" {
        forward_to = [loki.echo.out.receiver]

        stage.cri { }
}

loki.echo "out" { }
```
"""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Fact, Severity
from compiler.lint.flow.relabel import rules_of
from compiler.lint.module import Module
from compiler.lint.registry import Report, rule

_READERS = ("local.file_match", "loki.source.file", "export")
"""Who reads files, or may hand the targets to somebody who does."""
_UID = "__meta_kubernetes_pod_uid"
_MIRROR = "annotation_kubernetes_io_config_mirror"


@dataclass(frozen=True)
class StaticPodsUnread(Fact, code="KM404", severity=Severity.WARNING):
    __doc__ = __doc__

    def message(self) -> str:
        return "the folder of a static pod is not named by its uid: its logs are not read"

    def help(self) -> str:
        return "add a rule that builds the path from `__meta_kubernetes_pod_annotation_kubernetes_io_config_mirror`"


@rule(StaticPodsUnread)
def check(module: Module, report: Report) -> None:
    for node in module.of_type("discovery.relabel"):
        rules = list(rules_of(node.block))
        if any(_MIRROR in name for one in rules for name, _ in one.sources):
            continue
        for one in rules:
            from_uid = any(name == _UID for name, _ in one.sources)
            from_uid &= one.target == "__path__" and "/var/log/pods" in (one.replacement or "")
            if from_uid and any(reader is None or reader.type in _READERS for reader in module.behind(node)):
                report(StaticPodsUnread(), one.block.head)
