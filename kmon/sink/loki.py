"""Loki: the push API and the query API for plain selectors (grafana.com/docs/loki, "HTTP API").

A query sees one tenant when it names one in X-Scope-OrgID, and all tenants otherwise.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from aiohttp import web
from multidict import MultiDict

from kmon.sink.backend import Backend
from kmon.sink.push import count_entries, decode_push
from kmon.sink.selector import Query, QueryError, parse_query
from kmon.sink.span import duration
from kmon.sink.window import Kept, KeptStream

__all__ = ["routes"]

_TENANT = "X-Scope-OrgID"
_NANO = 10**9
_DEFAULT_RANGE = 3600 * _NANO
_DEFAULT_LIMIT, _MAX_LIMIT = 100, 5000


def routes(backend: Backend) -> list[web.RouteDef]:
    async def push(request: web.Request, body: bytes) -> web.StreamResponse:
        kind, encoding = request.headers.get("Content-Type", ""), request.headers.get("Content-Encoding", "")
        if backend.count_only:
            backend.counts.records += count_entries(body, kind, encoding)
        else:
            backend.take(decode_push(body, kind, encoding, request.headers.get(_TENANT, "")))
        return web.Response(status=204)

    def answer(build: Any) -> Any:
        async def handle(request: web.Request) -> web.Response:
            parameters = MultiDict(request.query)
            if request.method == "POST":
                parameters.extend({k: v for k, v in (await request.post()).items() if isinstance(v, str)})
            try:
                found = build(backend, Parameters(parameters, request))
            except QueryError as error:
                return web.Response(status=400, text=f"{error}\n")
            return web.Response(
                body=msgspec.json.encode({"status": "success", **found}), content_type="application/json"
            )

        return handle

    return [
        web.post("/loki/api/v1/push", backend.delivery(push)),
        *_both("/loki/api/v1/query_range", answer(_query_range)),
        *_both("/loki/api/v1/labels", answer(_labels)),
        *_both("/loki/api/v1/label/{name}/values", answer(_values)),
        *_both("/loki/api/v1/series", answer(_series)),
    ]


def _both(path: str, handler: Any) -> Iterator[web.RouteDef]:
    yield web.get(path, handler)
    yield web.post(path, handler)


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of a query, read as Loki reads them. All methods raise `QueryError`."""

    values: Any
    request: web.Request

    @property
    def tenant(self) -> str | None:
        return self.request.headers.get(_TENANT)

    def query(self) -> Query | None:
        text = self.values.get("query", "")
        return parse_query(text) if text else None

    def range(self) -> tuple[int, int]:
        """Start (included) and end (excluded) in nanoseconds; the last hour unless said otherwise."""
        end = _instant("end", self.values["end"]) if "end" in self.values else time.time_ns() + 1
        if "start" in self.values:
            return _instant("start", self.values["start"]), end
        if "since" in self.values:
            try:
                return end - int(duration(self.values["since"]) * _NANO), end
            except ValueError as error:
                raise QueryError(f"`since`: {error}") from None
        return end - _DEFAULT_RANGE, end

    def limit(self) -> int:
        text = self.values.get("limit", str(_DEFAULT_LIMIT))
        if not text.isascii() or not text.isdigit() or not 0 < int(text) <= _MAX_LIMIT:
            raise QueryError(f"`limit` is `{text}`; it must be a number from 1 to {_MAX_LIMIT}")
        return int(text)

    def backward(self) -> bool:
        direction = self.values.get("direction", "backward").lower()
        if direction not in ("backward", "forward"):
            raise QueryError(f"`direction` is `{direction}`; it must be `backward` or `forward`")
        return bool(direction == "backward")


def _query_range(backend: Backend, parameters: Parameters) -> dict[str, Any]:
    query = parameters.query()
    if query is None:
        raise QueryError("`query` is missing")
    start, end = parameters.range()
    backward, limit = parameters.backward(), parameters.limit()
    # Structured metadata is part of the stream's labels unless the client asks for it apart, as Grafana does.
    apart = "categorize-labels" in parameters.request.headers.get("X-Loki-Response-Encoding-Flags", "")
    chosen = {id(s): s for s in _streams(backend, parameters.tenant) if query.selects(s.labels)}
    hits = [
        kept
        for kept in backend.window
        if id(kept.stream) in chosen and start <= kept.entry.timestamp < end and query.passes(kept.entry.line)
    ]
    hits.sort(key=lambda kept: (kept.entry.timestamp, kept.number), reverse=backward)
    found: dict[str, Any] = {"data": {"resultType": "streams", "result": _result(hits[:limit], apart), "stats": {}}}
    if apart:
        found["data"]["encodingFlags"] = ["categorize-labels"]
    if backend.window.forgotten:
        found["warnings"] = [f"the window is full: the oldest {backend.window.forgotten} entries are gone"]
    return found


def _result(hits: Iterable[Kept], apart: bool) -> list[dict[str, Any]]:
    groups: dict[tuple[tuple[str, str], ...], list[Any]] = {}
    for kept in hits:
        entry = kept.entry
        line = entry.line.decode("utf-8", "replace")
        metadata = {_shown(name): _shown(value) for name, value in entry.metadata.items()}
        labels = {_shown(name): _shown(value) for name, value in kept.stream.labels.items()}
        value: list[Any] = [str(entry.timestamp), line]
        if apart:
            value.append({"structuredMetadata": metadata} if metadata else {})
        else:
            labels = labels | metadata
        groups.setdefault(tuple(sorted(labels.items())), []).append(value)
    return [{"stream": dict(labels), "values": values} for labels, values in groups.items()]


def _labels(backend: Backend, parameters: Parameters) -> dict[str, Any]:
    return {"data": sorted({_shown(name) for labels in _selected(backend, parameters) for name in labels})}


def _values(backend: Backend, parameters: Parameters) -> dict[str, Any]:
    name = parameters.request.match_info["name"]
    return {"data": sorted({_shown(labels[name]) for labels in _selected(backend, parameters) if name in labels})}


def _series(backend: Backend, parameters: Parameters) -> dict[str, Any]:
    queries = [parse_query(text) for text in parameters.values.getall("match[]", parameters.values.getall("match", []))]
    streams = [s.labels for s in _streams(backend, parameters.tenant)]
    chosen = [labels for labels in streams if not queries or any(query.selects(labels) for query in queries)]
    return {"data": [{_shown(name): _shown(value) for name, value in labels.items()} for labels in chosen]}


def _selected(backend: Backend, parameters: Parameters) -> Iterator[Mapping[str, str]]:
    query = parameters.query()
    for stream in _streams(backend, parameters.tenant):
        if query is None or query.selects(stream.labels):
            yield stream.labels


def _streams(backend: Backend, tenant: str | None) -> Iterator[KeptStream]:
    return (stream for stream in backend.window.streams if tenant is None or stream.tenant == tenant)


def _instant(name: str, text: str) -> int:
    """Nanoseconds since 1970 from an integer (up to ten digits: seconds), fractional seconds or RFC 3339."""
    try:
        if text.lstrip("-").isdigit():
            return int(text) * (_NANO if len(text) <= 10 else 1)
        if "T" not in text:
            return round(float(text) * _NANO)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise QueryError(f"`{name}` is `{text}`; it must be Unix time in nanoseconds or seconds, or RFC 3339") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 10**6) * 1000


def _shown(text: str) -> str:
    """Texts that are not UTF-8 cannot stand in JSON; Loki shows the replacement character too."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
