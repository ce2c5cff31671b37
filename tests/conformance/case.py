"""The keys of a case. A key that the runner does not know is an error, so that nothing of a case is left out."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

__all__ = [
    "HERE",
    "Base64",
    "Case",
    "Content",
    "Expect",
    "Found",
    "Page",
    "Request",
    "Step",
    "Wait",
    "content_bytes",
    "found_cases",
]

HERE = Path(__file__).parent


class Base64(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    base64: str


Content = str | Base64


class Wait(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When to stop looking: `seconds` after readiness, or `settle` seconds after the last of `records` records."""

    records: int | None = None
    seconds: float = 6.0
    settle: float = 0.7


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request to the agent; one of `json`, `text`, `base64` is its body."""

    url: str
    method: str = "POST"
    json: Any = msgspec.UNSET
    text: str = ""
    base64: str | None = None
    gzip: bool = False
    headers: dict[str, str] = {}


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a path of the case's web server answers, one body after the other."""

    bodies: list[str]
    content_type: str = "text/plain; version=0.0.4; charset=utf-8"


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happens `after` seconds after readiness, in the order of the fields."""

    after: float = 0.0
    create: dict[str, Any] | None = None
    patch: dict[str, Any] | None = None
    delete: dict[str, Any] | None = None
    snapshot: str | None = None
    stop: bool = False
    rename: dict[str, str] = {}
    truncate: list[str] = []
    remove: list[str] = []
    write: dict[str, Content] = {}
    append: dict[str, Content] = {}
    start: bool = False
    send: Request | None = None


class Expect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`exit` is set where the agent ended by itself; only whether it failed counts. `log` is for reading."""

    records: list[dict[str, Any]]
    exports: dict[str, Any] = {}
    exit: int | None = None
    log: str | None = None
    responses: list[Any] | None = None


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`capture` names what log records carry besides: `path`, `stream` or a header. `headers` are noted as `req`.

    `metrics` are regular expressions for names of the agent's own samples. `health` adds states to the exports.
    `objects` are Kubernetes objects that exist before the start, on a real API server; `pages` what `${WEB}` serves.
    """

    name: str
    about: str
    config: str
    expect: Expect
    files: dict[str, Content] = {}
    env: dict[str, str] = {}
    objects: list[dict[str, Any]] = []
    pages: dict[str, Page] = {}
    send: list[Request] = []
    then: list[Step] = []
    wait: Wait = Wait()
    exports: list[str] = []
    health: bool = False
    metrics: list[str] = []
    responses: bool | Literal["status"] = False
    headers: list[str] = []
    capture: list[str] = []
    sink_status: list[int] = []
    ignore: list[str] = []
    mask: list[tuple[str, str]] = []
    dedupe: bool = False
    stop: bool = False
    bounds: None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A case where it stands. `topic` is the file without its ending: `loki/cri`."""

    topic: str
    raw: dict[str, Any]

    @property
    def id(self) -> str:
        return f"{self.topic}/{self.raw['name']}"

    @property
    def needs_cluster(self) -> bool:
        return "objects" in self.raw or "${KUBECONFIG}" in self.raw["config"]

    def typed(self) -> Case:
        """Raises `msgspec.ValidationError` for a key or value that the runner does not know."""
        return msgspec.convert(self.raw, Case)


def found_cases() -> Iterator[Found]:
    """All cases of the families that hold configurations and records, in the order of their files."""
    for pattern in ("loki/*.json", "kubernetes/*.json", "language/modules.json"):
        for file in sorted(HERE.glob(pattern)):
            for raw in json.loads(file.read_text(encoding="utf-8")):
                yield Found(f"{file.parent.name}/{file.stem}", raw)


def content_bytes(content: Content) -> bytes:
    match content:
        case Base64(base64=text):
            return base64.b64decode(text)
        case str():
            return content.encode("utf-8", "surrogateescape")
