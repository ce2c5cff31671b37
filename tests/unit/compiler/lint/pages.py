"""The examples of a rule's page, as configurations that can be linted."""

from __future__ import annotations

import re
from dataclasses import replace

from compiler.deploy.granted import Granted, read_granted
from compiler.deploy.named import Named
from compiler.deploy.runtimes import RUNTIMES
from compiler.diagnostics import Diagnostics, Source
from compiler.lint import Cluster, Place, lint
from compiler.syntax import parse

__all__ = ["examples", "found", "place_of"]

_FENCE = re.compile(r"```(\w+)([^\n]*)\n(.*?)```", re.DOTALL)

_STAGES = """
loki.source.api "in" {
	forward_to = [loki.process.default.receiver]
}
loki.process "default" {
	forward_to = [loki.write.default.receiver]
%s
}
loki.write "default" {
	endpoint {
		url = "http://loki:3100/loki/api/v1/push"
	}
}
"""
_RULES = """
discovery.kubernetes "pods" {
	role = "pod"
}
discovery.relabel "pods" {
	targets = discovery.kubernetes.pods.targets
%s
}
prometheus.scrape "pods" {
	targets    = discovery.relabel.pods.output
	forward_to = [prometheus.remote_write.default.receiver]
}
prometheus.remote_write "default" {
	endpoint {
		url = "http://mimir:9009/api/v1/push"
	}
}
"""


def examples(page: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """(configuration, options) of *Example* and of *Use instead*. Only stages are put into a `loki.process`, only rules
    into a `discovery.relabel`."""
    before, _, after = page.partition("*Use instead*")
    return _one(before.partition("*Example*")[2]), _one(after)


def _one(text: str) -> tuple[str, str]:
    fence = _FENCE.search(text)
    assert fence is not None, "no fenced code"
    options, code = fence[2].strip(), fence[3]
    first = code.lstrip().partition("\n")[0]
    if first.startswith("stage."):
        code = _STAGES % code
    elif first.startswith("rule "):
        code = _RULES % code
    return code, options


def found(text: str, options: str = "") -> list[tuple[str, int, str]]:
    """Code, line and message of all that lint finds; options such as `workload=daemonset` say where it runs."""
    diagnostics = Diagnostics()
    file = parse(Source("config.alloy", text), diagnostics)
    return [
        (one.code, one.span.position[0] if one.span else 0, one.message)
        for one in lint([file], diagnostics, place=place_of(options))
    ]


def place_of(options: str) -> Place:
    """`workload=statefulset replicas=3 mounts=/a,/b storage=persistent stability=experimental community=yes runtime=kmon
    environment=A,B ports=1,2 pods=8000 rbac=pods:get,list;pods/log:get objects=Secret/namespace/name`, each if known."""
    said = dict(word.split("=", 1) for word in options.split() if "=" in word)
    place = Place.of_workload(said["workload"]) if "workload" in said else Place()
    if "mounts" in said:
        place = replace(place, mounts=tuple(said["mounts"].split(",")))
    if "replicas" in said:
        place = replace(place, replicas=int(said["replicas"]))
    if "storage" in said:
        place = replace(place, persistent=said["storage"] == "persistent")
    if "environment" in said:
        place = replace(place, environment=frozenset(said["environment"].split(",")), whole_environment=True)
    if "ports" in said:
        place = replace(place, extra_ports=dict.fromkeys((int(port), "tcp") for port in said["ports"].split(",")))
    cluster = Cluster(
        _granted(said["rbac"]) if "rbac" in said else None,
        pods=int(said["pods"]) if "pods" in said else None,
        objects=frozenset(Named(*one.split("/")) for one in said["objects"].split(",")) if "objects" in said else None,
    )
    place = replace(place, cluster=cluster)
    if "community" in said:
        place = replace(place, community=said["community"] == "yes")
    if "runtime" in said:
        place = replace(place, clusters=RUNTIMES[said["runtime"]].clusters)
    return replace(place, stability=said.get("stability"), isolated=said.get("isolated") == "yes")


def _granted(text: str) -> Granted:
    """`pods:get,list;pods/log:get` as a ClusterRole with a rule for each resource."""
    rules = ""
    for rule in text.split(";"):
        resource, _, verbs = rule.partition(":")
        rules += f"  - {{apiGroups: [''], resources: [{resource}], verbs: [{verbs}]}}\n"
    return read_granted(Source("rbac.yaml", f"kind: ClusterRole\nmetadata: {{name: agent}}\nrules:\n{rules}"))
