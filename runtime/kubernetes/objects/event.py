"""Events."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from runtime.kubernetes.objects.meta import KubernetesObject, Metadata, ObjectReference, Part, Resource

__all__ = ["Event", "EventSeries", "EventSource"]


class EventMetadata(Metadata, frozen=True):
    """An event's line shows its version; that alone makes no other event of it."""

    resource_version: str = ""


class EventSource(Part, frozen=True):
    component: str = ""
    host: str = ""


class EventSeries(Part, frozen=True):
    count: int = 0
    last_observed_time: str | None = None


class Event(KubernetesObject, frozen=True):
    """Times are RFC 3339 texts, as the API sends them."""

    resource: ClassVar = Resource("v1", "Event", "events")
    metadata: EventMetadata
    involved_object: ObjectReference = ObjectReference()
    reason: str = ""
    message: str = ""
    type: str = ""
    action: str = ""
    count: int = 0
    source: EventSource = EventSource()
    reporting_component: str = ""
    reporting_instance: str = ""
    first_timestamp: str | None = None
    last_timestamp: str | None = None
    event_time: str | None = None
    series: EventSeries | None = None

    def same(self, other: Event) -> bool:
        return msgspec.structs.replace(self, metadata=other.metadata) == other
