"""What presets have in common: pure functions from settings to lines, callable from every template."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from compiler.expand.printing import Code, Line, Lines, lines_of, literal, object_lines, rule, scalar_text
from compiler.expand.snippets import snippet_lines
from compiler.values.document import Origin, Setting, View

__all__ = ["FILTERS", "FUNCTIONS", "escape"]

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


def escape(name: str) -> str:
    """A Kubernetes label or annotation name as it stands in a Prometheus label."""
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


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
    rows = [Line("selectors {"), Line('role = "pod"'), Line('field = "spec.nodeName=" + sys.env("HOSTNAME")')]
    if labels := selector(values["labelSelectors"]):
        rows.append(Line(f"label = {literal(labels)}", values["labelSelectors"].origin))
    rows.append(Line("}"))
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


def escaped_map(values: View) -> Lines:
    """A map of names to labels, both spelt as Prometheus labels."""
    fields = {escape(name): Code(literal(escape(label.value)), label.origin) for name, label in values.items()}
    return object_lines("", fields, values.origin)


def label_map(fixed: View, expressions: View) -> Lines:
    """Labels with fixed and with computed values."""
    origin = fixed.origin if fixed.items() else expressions.origin
    return object_lines("", _pairs(fixed, expressions), origin)


def named_map(name: str, fixed: View, expressions: View) -> Lines:
    """`name = { … }`, or nothing when there is nothing in it."""
    fields = _pairs(fixed, expressions)
    origin = fixed.origin if fixed.items() else expressions.origin
    return object_lines(f"{name} = ", fields, origin) if fields else Lines()


def _pairs(fixed: View, expressions: View) -> dict[str, object]:
    fields: dict[str, object] = {}
    for name, setting in fixed.items():
        fields[name] = Code(literal(text_of(setting)), setting.origin)
    for name, setting in expressions.items():
        fields[name] = expression(setting)
    return dict(sorted(fields.items()))


def text_of(setting: Setting) -> str:
    """A scalar as a text: numbers without exponent (Helm writes 1234567 as `1.234567e+06`), booleans in lower case."""
    return scalar_text(setting.value)


def header_lists(name: str, headers: View) -> Lines:
    """`name = { header = [value] }`, or nothing."""
    fields = {key: Code(literal([text_of(value)]), value.origin) for key, value in headers.items()}
    return object_lines(f"{name} = ", fields, headers.origin) if fields else Lines()


def external_labels(values: View, cluster_name: Code) -> Lines:
    """The labels of everything sent to a destination: the cluster's, then the user's, which win."""
    fields: dict[str, object] = {escape(name): cluster_name for name in values["clusterLabels"].value or ()}
    fields |= _pairs(values["extraLabels"], values["extraLabelsFrom"])
    return object_lines("external_labels = ", fields, values["clusterLabels"].origin) if fields else Lines()


def argument(name: str, value: Setting | Code | None) -> Lines:
    """`name = value`, or nothing when there is no value."""
    if value is None or (isinstance(value, Setting) and value.value is None):
        return Lines()
    return Lines((Line(f"{name} = {literal(value)}", value.origin),))


def optional(name: str, setting: Setting) -> Lines:
    """`name = value`, or nothing when the value is empty or false."""
    return argument(name, setting) if setting else Lines()


def body(setting: Setting) -> Lines:
    """Alloy statements from a values key, each line with its own place in the values file."""
    return Lines(snippet_lines(setting))


def expression(setting: Setting) -> Code:
    """An Alloy expression from a values key."""
    return Code(str(setting.value).strip(), setting.origin)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        argument, attach_metadata, external_labels, header_lists, label_map, label_rules, named_map, namespace_names,
        namespace_rules, node_label_rules, node_pods, opt_rules, optional, runtime_selector, service_name_rules,
    )
}  # fmt: skip
FILTERS: dict[str, Callable[..., Any]] = {"body": body, "escaped_map": escaped_map, "expression": expression}
