"""Objects → YAML, the same for kubectl, Helm and every other reader of YAML 1.1."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from compiler.deploy.environment import SECRET
from compiler.deploy.manifests import objects
from compiler.deploy.named import Named
from compiler.deploy.workload import Workload

__all__ = ["documents", "helm_values", "manifests"]

_NO_TEXT_IN_YAML_1_1 = re.compile(
    r"y|n|yes|no|on|off|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|0[0-7_]+", re.IGNORECASE
)
"""What Helm and kubectl take for a boolean or a number, and YAML 1.2 does not."""

_UNPRINTABLE = re.compile(r"[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""What has to be escaped, or that a reader takes for a line end."""


def manifests(workloads: Sequence[Workload]) -> str:
    """All objects as documents, ready for `kubectl apply -f -`. What has to exist before stands in a comment.

    The workloads, of which there is at least one, are of one namespace.
    """
    return _head(workloads) + documents(one for workload in workloads for one in objects(workload))


def documents(found: Iterable[Mapping[str, Any]]) -> str:
    """Each object as a YAML document."""
    return "---\n".join(map(_dump, found))


def helm_values(workloads: Sequence[Workload]) -> str:
    """Values of the chart `charts/kmon`, which prints them."""
    values = {
        "namespace": workloads[0].namespace,
        "objects": [one for workload in workloads for one in objects(workload)],
    }
    return _head(workloads) + _dump(values)


def _head(workloads: Sequence[Workload]) -> str:
    """What has to exist, as comments: the command for the Secret whose values stand nowhere in what is printed, then what
    others make."""
    namespace, out = workloads[0].namespace, ""
    if variables := sorted({name for workload in workloads for name in workload.secrets}):
        entries = "".join(f" --from-literal={name}=…" for name in variables)
        out = f"# Before: kubectl create secret generic {SECRET} -n {namespace}{entries}\n"
    rendered = {Named("ConfigMap", namespace, workload.name) for workload in workloads}
    if variables:
        rendered.add(Named("Secret", namespace, SECRET))
    if others := sorted({one for workload in workloads for one in workload.names} - rendered):
        listed = ", ".join(f"{one.kind} {one.namespace}/{one.name}" for one in others)
        out += f"# Has to exist: {listed}\n"
    return out


def _dump(value: Any) -> str:
    from ruamel.yaml import YAML  # noqa: PLC0415 - only what is printed pays for it
    from ruamel.yaml.representer import RoundTripRepresenter  # noqa: PLC0415

    class Representer(RoundTripRepresenter):
        pass

    def text(representer: Any, value: str) -> Any:
        style = None
        if _UNPRINTABLE.search(value):
            style = '"'
        elif "\n" in value:
            style = "|"
        elif _NO_TEXT_IN_YAML_1_1.fullmatch(value):
            style = "'"
        return representer.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Representer.add_representer(str, text)
    yaml = YAML()
    yaml.Representer = Representer
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    yaml.dump(value, out)
    return out.getvalue()
