"""Which pods, and what their targets are labelled with: the idioms of every preset that reads pods."""

from __future__ import annotations

import re

from compiler.expand.idioms.maps import escape
from compiler.expand.printing import Code, Line, Lines, lines_of, literal, rule, scalar_text
from compiler.values.document import Origin, Setting, View

__all__ = [
    "attach_metadata", "label_rules", "namespace_names", "namespace_rules", "node_label_rules", "node_pods", "opt_rules",
    "pod_selectors", "runtime_selector", "service_name_rules",
]  # fmt: skip

_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_FIRST_NON_EMPTY = r"^(?:;*)?([^;]+).*$"
_POD = "__meta_kubernetes_pod_"
_NODE = "__meta_kubernetes_node_label_"

_NODE_LABELS = {
    "nodePool": ("nodepool", (
        "karpenter_sh_nodepool", "cloud_google_com_gke_nodepool", "eks_amazonaws_com_nodegroup",
        "kubernetes_azure_com_agentpool", "agentpool",
    )),
    "region": ("region", ("topology_kubernetes_io_region", "failure_domain_beta_kubernetes_io_region")),
    "availabilityZone": ("availability_zone", (
        "topology_kubernetes_io_zone", "failure_domain_beta_kubernetes_io_zone", "topology_gke_io_zone",
    )),
    "nodeRole": ("node_role", ("kubernetes_io_role", "node_kubernetes_io_role", "node_role", "role")),
    "nodeOS": ("os", ("kubernetes_io_os", "os_kubernetes_io", "os")),
    "nodeArchitecture": ("architecture", ("kubernetes_io_arch", "beta_kubernetes_io_arch")),
    "instanceType": ("instance_type", ("node_kubernetes_io_instance_type", "beta_kubernetes_io_instance_type")),
}  # fmt: skip


def selector(labels: View) -> str:
    """A label map as Kubernetes' selector text: `a=b,c in (d,e)`."""
    parts = []
    for name, value in labels.items():
        wanted = value.value
        listed = isinstance(wanted, list)
        parts.append(f"{name} in ({','.join(map(scalar_text, wanted))})" if listed else f"{name}={scalar_text(wanted)}")
    return ",".join(parts)


def node_pods(values: View) -> Lines:
    """Selectors for the pods of this node, one block a role: of two for the same role the last is taken."""
    return _selectors(values, [Line('field = "spec.nodeName=" + sys.env("HOSTNAME")')])


def pod_selectors(values: View) -> Lines:
    """Selectors for the pods of all nodes."""
    return _selectors(values, [])


def _selectors(values: View, rows: list[Line]) -> Lines:
    origin = None
    if labels := selector(values["labelSelectors"]):
        origin = values["labelSelectors"].origin
        rows = [*rows, Line(f"label = {literal(labels)}", origin)]
    if rows:
        head = origin if len(rows) == 1 else None
        rows = [Line("selectors {", head), Line('role = "pod"', head), *rows, Line("}", head)]
    if labels := selector(values["nodeSelectors"]):
        origin = values["nodeSelectors"].origin
        rows += lines_of(f'selectors {{\nrole = "node"\nlabel = {literal(labels)}\n}}', origin)
    return Lines(tuple(rows))


def namespace_names(namespaces: Setting) -> Lines:
    """Restricts discovery itself, when every entry is a plain namespace name."""
    if not namespaces or not all(_DNS_LABEL.fullmatch(name) for name in namespaces.value):
        return Lines()
    return Lines(lines_of(f"namespaces {{\nnames = {literal(namespaces)}\n}}", namespaces.origin))


def attach_metadata(values: View) -> Lines:
    """Asks for the metadata that rules and selectors of `values` need."""
    node_labels = [setting for _, setting in values["nodeLabels"].items() if setting]
    reasons: dict[str, Origin] = {}
    if values["attachNamespaceMetadata"]:
        reasons["namespace"] = values["attachNamespaceMetadata"].origin
    if node_labels:
        reasons["node"] = node_labels[0].origin
    elif values["nodeSelectors"]:
        reasons["node"] = values["nodeSelectors"].origin
    if not reasons:
        return Lines()
    first = next(iter(reasons.values()))
    rows = [Line(f"{name} = true", origin) for name, origin in reasons.items()]
    return Lines((Line("attach_metadata {", first), *rows, Line("}", first)))


def namespace_rules(namespaces: Setting, excluded: Setting) -> Lines:
    """Keeps and drops by the label `namespace`; entries are regular expressions."""
    rows: list[Line] = []
    if namespaces and not namespace_names(namespaces).lines:
        regex = "|".join(namespaces.value)
        rows += rule(namespaces.origin, source_labels=["namespace"], regex=regex, action="keep")
    if excluded:
        rows += rule(excluded.origin, source_labels=["namespace"], regex="|".join(excluded.value), action="drop")
    return Lines(tuple(rows))


def opt_rules(method: Setting, annotation: Setting) -> Lines:
    """Pods say by annotation that they want in (`annotation`) or out (always)."""
    source = [f"{_POD}annotation_{escape(annotation.value)}"]
    rows: list[Line] = []
    if method.value == "annotation":
        rows += rule(method.origin, source_labels=source, regex=".+", action="keep")
    rows += rule(annotation.origin, source_labels=source, regex="(false|no|skip)", action="drop")
    return Lines(tuple(rows))


def service_name_rules(aligned: Setting) -> Lines:
    """`service_name` from the first source that is not empty."""
    annotation, label = f"{_POD}annotation_resource_opentelemetry_io_service_name", f"{_POD}label_app_kubernetes_io_"
    container = f"{_POD}container_name"
    rows: list[Line] = []
    sources = [annotation, f"{label}name", container]
    if aligned:
        workload = "__tmp_workload_name"
        name, kind = f"{_POD}controller_name", f"{_POD}controller_kind"
        rows += rule(aligned.origin, source_labels=[name], target_label=workload)
        regex = "ReplicaSet;(.+)-[^-]+"
        rows += rule(aligned.origin, source_labels=[kind, name], regex=regex, target_label=workload)
        sources = [annotation, f"{label}instance", f"{label}name", workload, f"{_POD}name", container]
    rows += rule(
        aligned.origin if aligned else None, source_labels=sources, regex=_FIRST_NON_EMPTY, target_label="service_name"
    )
    return Lines(tuple(rows))


def label_rules(kind: str, sources: View) -> Lines:
    """A label from a pod's label or annotation (`kind`); an absent source leaves the label as it is."""
    rows: list[Line] = []
    for label, source in sources.items():
        meta = f"{_POD}{kind}_{escape(source.value)}"
        rows += rule(source.origin, source_labels=[meta], regex="(.+)", target_label=label)
    return Lines(tuple(rows))


def node_label_rules(chosen: View) -> Lines:
    """Labels from the node's labels, each from the first of the names that clouds and versions use."""
    rows: list[Line] = []
    for key, (label, sources) in _NODE_LABELS.items():
        if chosen[key]:
            names = [_NODE + source for source in sources]
            rows += rule(chosen[key].origin, source_labels=names, regex=_FIRST_NON_EMPTY, target_label=label)
    return Lines(tuple(rows))


def runtime_selector(runtime: str, default: Setting) -> Code:
    """The streams of one container runtime; `default` says to whom those of an unknown runtime belong."""
    names = {"cri": "containerd|cri-o", "docker": "docker"}[runtime]
    if default.value == runtime:
        return Code(literal(f'{{tmp_container_runtime=~"{names}|"}}'), default.origin)
    operator = "=~" if "|" in names else "="
    return Code(literal(f'{{tmp_container_runtime{operator}"{names}"}}'), default.origin)
