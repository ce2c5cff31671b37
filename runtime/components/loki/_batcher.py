"""Gathers encoded entries into push requests, a request at a time for each tenant."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import snappy

from runtime.outbox import Request
from runtime.signals.delivery import Delivery
from runtime.wire.loki_encode import Encoded, Group, push_request

__all__ = ["TENANT_HEADER", "Batcher", "Building"]

TENANT_HEADER = "X-Scope-OrgID"


@dataclass(slots=True, eq=False)
class Building:
    """A request that still has room. `size` is lines and metadata in bytes; `timer` sends it when it has waited long
    enough."""

    size: int = 0
    records: int = 0
    streams: dict[bytes, list[memoryview]] = field(default_factory=dict)
    deliveries: list[Delivery] = field(default_factory=list)
    timer: asyncio.TimerHandle | None = None


class Batcher:
    """One endpoint's requests in the making.

    A batch goes into one request where it fits; the rest of one that does not fit is not kept waiting either. What is
    sent of a batch is sent again after a kill as long as another part of it is not delivered, so no part of it may
    wait for company.

    `size` bounds lines and metadata of a request in bytes (one entry that is larger goes alone), `max_streams` its
    streams (0: any number); entries of further streams are given to `limited(tenant, records, bytes)` and end there.
    `tenant` is the endpoint's own.
    """

    def __init__(self, size: int, max_streams: int, tenant: str, limited: Callable[[str, int, int], None]) -> None:
        self._size = size
        self._max_streams = max_streams
        self._tenant = tenant
        self._limited = limited
        self.open: dict[str, Building] = {}

    @property
    def held(self) -> int:
        return sum(building.records for building in self.open.values())

    def add(self, encoded: Encoded, delivery: Delivery) -> list[Request]:
        """Take all entries with one branch of `delivery`, forked for every further request they go into; returns the
        requests that are full."""
        full: list[Request] = []
        touched: list[Building] = []
        for tenant, groups in self._by_tenant(encoded).items():
            size = sum(int(encoded.sizes[group.end] - encoded.sizes[group.start]) for group in groups)
            if tenant in self.open and self.open[tenant].size + size > self._size:
                full.append(self.seal(tenant))
            before = len(full)
            for group in groups:
                self._add_group(encoded, tenant, group, touched, full, delivery)
            if len(full) > before and tenant in self.open:
                full.append(self.seal(tenant))
        if not touched:
            delivery.done()
        return full

    def _by_tenant(self, encoded: Encoded) -> dict[str, list[Group]]:
        found: dict[str, list[Group]] = {}
        for group in encoded.groups:
            found.setdefault(self._tenant if group.tenant is None else group.tenant, []).append(group)
        return found

    def _add_group(
        self,
        encoded: Encoded,
        tenant: str,
        group: Group,
        touched: list[Building],
        full: list[Request],
        delivery: Delivery,
    ) -> None:
        start = group.start
        while start < group.end:
            building = self.open.get(tenant)
            if building is None:
                building = self.open[tenant] = Building()
            if (
                self._max_streams
                and group.labels not in building.streams
                and len(building.streams) >= self._max_streams
            ):
                # A new request would have room for the stream, but one is only begun when this one is full.
                size = int(encoded.sizes[group.end] - encoded.sizes[start])
                self._limited(tenant, group.end - start, size)
                return
            end = encoded.fitting(start, group.end, self._size - building.size)
            if end <= start:
                if building.records:
                    full.append(self.seal(tenant))
                    continue
                end = start + 1
            building.streams.setdefault(group.labels, []).append(encoded.slice(start, end))
            building.size += int(encoded.sizes[end] - encoded.sizes[start])
            building.records += end - start
            if building not in touched:
                if touched:
                    delivery.fork()
                touched.append(building)
                building.deliveries.append(delivery)
            start = end

    def seal(self, tenant: str) -> Request:
        """The open request of `tenant`, encoded and compressed. Raises `KeyError` when there is none."""
        building = self.open.pop(tenant)
        if building.timer is not None:
            building.timer.cancel()
        raw = push_request(building.streams.items())
        headers = {TENANT_HEADER: tenant} if tenant else {}
        return Request(snappy.compress(raw), headers, building.records, len(raw), tuple(building.deliveries))
