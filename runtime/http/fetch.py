"""One whole answer to one request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from runtime.component import ComponentError
from runtime.http.arguments import ClientArguments
from runtime.http.client import HttpClient, HttpError, retry_after
from runtime.polled import ReadError

__all__ = ["Fetched", "check_url", "fetch"]

_MOST_BYTES = 64 << 20
"""More is no list of targets, no configuration and no secret, but would be held in memory."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """`content_type` as the server has it, empty without one."""

    body: bytes
    content_type: str


def check_url(url: str, attribute: str = "url") -> None:
    """Raises `ComponentError` for what no request can be sent to."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise ComponentError(f"`{url}` is no URL, expected `http://HOST:PORT/PATH` or `https://…`", attribute)


async def fetch(
    arguments: ClientArguments,
    url: str,
    *,
    seconds: float,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Fetched:
    """The answer, which must have status 200. Raises `ReadError`."""
    try:
        async with (
            HttpClient(arguments) as http,
            http.stream(method, url, body=body, headers=headers, seconds=seconds) as answer,
        ):
            if answer.status != 200:
                reason = f"the server answered {answer.status} {answer.reason or ''}".rstrip()
                raise ReadError(f"{reason}: `{url}`", retry_after(answer.headers.get("Retry-After")))
            content = bytearray()
            async for chunk in answer.content.iter_any():
                content += chunk
                if len(content) > _MOST_BYTES:
                    raise ReadError(f"the answer is larger than {_MOST_BYTES >> 20} MiB: `{url}`")
            return Fetched(bytes(content), answer.headers.get("Content-Type", ""))
    except HttpError as error:
        raise ReadError(f"cannot get `{url}`: {error}") from None
