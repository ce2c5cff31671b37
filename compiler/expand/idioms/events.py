"""Kubernetes events: which are kept, and what of them becomes a label."""

from __future__ import annotations

from compiler.expand.printing import Code, Line, Lines, lines_of, literal, object_lines
from compiler.values.document import Origin, Setting, View

__all__ = ["event_drops", "event_fields", "event_helper_labels", "event_labels", "event_metadata", "kept_only"]

_FIELDS = {"component": "sourcecomponent", "kind": "", "level": "type", "name": "", "node": "sourcehost", "reason": ""}
"""Extracted value → field of the line: as the k8s-monitoring chart names them; empty where both names are the same."""
_FROM_LABELS = frozenset({"instance", "job", "namespace"})
"""Labels of the source, which every stage can read already."""
_HELPERS = ("kind", "node", "reason")
"""Labels that stages need on the way and that only stay when the user asks for them."""


def event_fields(values: View) -> Lines:
    """What is extracted from each line: what the stages need, and whatever else a label or metadata is made of."""
    fields: dict[str, object] = dict(_FIELDS)
    for key in ("labels", "structuredMetadata"):
        for source in dict(values[key].items()).values():
            if source.value not in _FIELDS and source.value not in _FROM_LABELS:
                fields[source.value] = Code(literal(""), source.origin)
    rows = [
        Line(f"{name} = {literal(fields[name])},", getattr(fields[name], "origin", None)) for name in sorted(fields)
    ]
    return Lines((Line("{"), *rows, Line("}")))


def event_labels(values: View) -> Lines:
    """`kind`, `level` and `reason` for the stages that follow, `service_name`, and the labels of the user."""
    helpers = {"kind": "", "level": "", "reason": "", "service_name": "job"}
    return object_lines("", dict(sorted({**helpers, **_sources(values["labels"])}.items())))


def event_metadata(values: View) -> Lines:
    """`values = { name = source }` of the stage that keeps values without making labels of them."""
    metadata = values["structuredMetadata"]
    return object_lines("", _sources(metadata), metadata.origin)


def _sources(chosen: View) -> dict[str, object]:
    """Name to field; empty where both have the same name."""
    return {
        name: Code(literal("" if source.value == name else source.value), source.origin)
        for name, source in chosen.items()
    }


def event_helper_labels(values: View) -> Code:
    """The labels that no longer serve after the last stage."""
    return Code(literal([name for name in _HELPERS if name not in dict(values["labels"].items())]))


def kept_only(label: str, chosen: Setting, reason: str) -> Lines:
    """Drops what has another value of `label`; entries are regular expressions that match it whole."""
    if not chosen:
        return Lines()
    selector = f"{{{label}!~{literal('|'.join(chosen.value))}}}"
    return _stage("match", chosen.origin, selector=selector, action="drop", drop_counter_reason=reason)


def event_drops(source: str, chosen: Setting, reason: str) -> Lines:
    """Drops what has such a value; entries are regular expressions that match it whole."""
    if not chosen:
        return Lines()
    expression = f"^(?:{'|'.join(chosen.value)})$"
    return _stage("drop", chosen.origin, source=source, expression=expression, drop_counter_reason=reason)


def _stage(name: str, origin: Origin, **arguments: str) -> Lines:
    rows = "\n".join(f"{key} = {literal(value)}" for key, value in arguments.items())
    return Lines(lines_of(f"\nstage.{name} {{\n{rows}\n}}", origin))
