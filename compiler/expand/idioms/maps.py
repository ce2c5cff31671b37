"""Arguments and maps: single values, labels, headers, Alloy text of the user."""

from __future__ import annotations

import re

from compiler.expand.printing import Code, Line, Lines, lines_of, literal, object_lines, scalar_text
from compiler.expand.snippets import snippet_lines
from compiler.values.document import Origin, Setting, View

__all__ = [
    "argument", "body", "clustered", "escape", "escaped_map", "expression", "external_labels", "header_lists", "label_map", "named_map",
    "optional", "text_of",
]  # fmt: skip


def escape(name: str) -> str:
    """A Kubernetes label or annotation name as it stands in a Prometheus label."""
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


def argument(name: str, value: Setting | Code | None) -> Lines:
    """`name = value`, or nothing when there is no value."""
    if value is None or (isinstance(value, Setting) and value.value is None):
        return Lines()
    return Lines((Line(f"{name} = {literal(value)}", value.origin),))


def clustered(origin: Origin | None) -> Lines:
    """The block by which replicas share the work, where they do."""
    return Lines(lines_of("\nclustering {\nenabled = true\n}\n", origin)) if origin else Lines()


def optional(name: str, setting: Setting) -> Lines:
    """`name = value`, or nothing when the value is empty or false."""
    return argument(name, setting) if setting else Lines()


def body(setting: Setting) -> Lines:
    """Alloy statements from a values key, each line with its own place in the values file."""
    return Lines(snippet_lines(setting))


def expression(setting: Setting) -> Code:
    """An Alloy expression from a values key."""
    return Code(str(setting.value).strip(), setting.origin)


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


def header_lists(name: str, headers: View) -> Lines:
    """`name = { header = [value] }`, or nothing."""
    fields = {key: Code(literal([text_of(value)]), value.origin) for key, value in headers.items()}
    return object_lines(f"{name} = ", fields, headers.origin) if fields else Lines()


def external_labels(values: View, cluster_name: Code) -> Lines:
    """The labels of everything sent to a destination: the cluster's, then the user's, which win."""
    fields: dict[str, object] = {escape(name): cluster_name for name in values["clusterLabels"].value or ()}
    fields |= _pairs(values["extraLabels"], values["extraLabelsFrom"])
    return object_lines("external_labels = ", fields, values["clusterLabels"].origin) if fields else Lines()


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
