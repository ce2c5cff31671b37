"""A Kubernetes event as a line of text."""

from __future__ import annotations

from collections.abc import Iterator

from runtime.kubernetes.objects import Event
from runtime.text import gojson
from runtime.text.quoted import quoted
from runtime.text.rfc3339 import parse_one

__all__ = ["FORMATS", "event_time", "json_line", "logfmt_line"]


def event_time(event: Event) -> int | None:
    """When it happened last, in nanoseconds since 1970; None when the event does not say."""
    text = event.last_timestamp or event.event_time
    return parse_one(text.encode()) if text else None


def logfmt_line(event: Event) -> str:
    """As Alloy writes it: no value but the message is quoted, and each pair ends with a space."""
    pairs = [f"{name}={value} " for name, value in _fields(event) if value]
    return "".join(pairs) + f"msg={quoted(event.message)} "


def json_line(event: Event) -> str:
    fields: dict[str, object] = {name: value for name, value in _fields(event) if value}
    return gojson.dumps({**fields, "msg": event.message})


def _fields(event: Event) -> Iterator[tuple[str, str | int]]:
    about = event.involved_object
    yield "name", about.name
    yield "kind", about.kind
    yield "action", event.action
    yield "objectAPIversion", about.api_version
    yield "objectRV", about.resource_version
    yield "eventRV", event.metadata.resource_version
    yield "reportinginstance", event.reporting_instance
    yield "reportingcontroller", event.reporting_component
    yield "sourcecomponent", event.source.component
    yield "sourcehost", event.source.host
    yield "reason", event.reason
    yield "type", event.type
    yield "count", event.count


FORMATS = {"logfmt": logfmt_line, "json": json_line}
