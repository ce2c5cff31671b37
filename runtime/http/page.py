"""Components that export the text behind a URL."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

from runtime.component import ComponentError
from runtime.http.arguments import ClientArguments, validate
from runtime.http.fetch import check_url, fetch
from runtime.polled import PollArguments, Polled

__all__ = ["Page", "PageArguments"]

_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A token of RFC 9110, section 5.6.2."""


class PageArguments(PollArguments, frozen=True, kw_only=True):
    url: str
    method: str = "GET"
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    body: str = ""
    client: ClientArguments = ClientArguments()


P = TypeVar("P", bound=PageArguments)


class Page(Polled[P]):
    """An answer is good with status 200; the text is its body without space around."""

    def check(self, arguments: P) -> None:
        check_url(arguments.url)
        if not _METHOD.fullmatch(arguments.method):
            raise ComponentError(f"`{arguments.method}` is no method, such as `GET` or `POST`", "method")
        if arguments.poll_timeout >= arguments.poll_frequency:
            raise ComponentError("`poll_timeout` must be less than `poll_frequency`", "poll_timeout")
        validate(arguments.client, "client")

    async def text(self, arguments: P) -> str:
        """Bytes that are not UTF-8 are surrogate escapes. Raises `ReadError`."""
        found = await fetch(
            arguments.client,
            arguments.url,
            method=arguments.method,
            headers={"User-Agent": f"kmon/{self.options.services.version}", **arguments.headers},
            body=arguments.body.encode("utf-8", "surrogateescape") or None,
            seconds=arguments.poll_timeout.seconds,
        )
        return found.body.decode("utf-8", "surrogateescape").strip()
