"""An HTTP client made of a component's `ClientArguments`."""

from __future__ import annotations

import asyncio
import base64
import email.utils
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import quote_plus

import msgspec

from runtime.component import ComponentError
from runtime.http.arguments import ClientArguments, OAuth2, TLSConfig
from runtime.http.proxy import proxy_for
from runtime.http.reasons import why
from runtime.http.sessions import Sessions

if TYPE_CHECKING:
    import aiohttp

    _Opening = AbstractAsyncContextManager[aiohttp.ClientResponse]

__all__ = ["HttpClient", "HttpError", "NotSentError", "Response", "retry_after"]

_EARLY_SECONDS = 10.0
"""A token is renewed this long before it ends."""
_EXCERPT = 1024
_TOKEN_SECONDS = 30.0
_CONNECT_SECONDS = 30.0


class HttpError(Exception):
    """No answer: connection refused or reset, TLS failure, timeout. Worth a retry."""


class NotSentError(HttpError):
    """The server was not asked: a file with credentials or certificates cannot be used, there is no token, or no way through the
    proxy."""


@dataclass(frozen=True, slots=True)
class Response:
    """`body` is cut off at `limit`. `retry_after` in seconds."""

    status: int
    body: bytes
    retry_after: float | None = None


class HttpClient:
    """Use inside `async with`. Credentials and certificates named by file are read anew when the files change."""

    def __init__(self, arguments: ClientArguments) -> None:
        self._arguments = arguments
        self._sessions = Sessions(arguments.tls_config)
        self._oauth2 = None if arguments.oauth2 is None else _TokenSource(arguments.oauth2)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Streams that are being read go on to their ends."""
        await self._sessions.close()
        if self._oauth2 is not None:
            await self._oauth2.close()

    async def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float,
        limit: int = _EXCERPT,
    ) -> Response:
        """One attempt, within `seconds`. `http_headers` are added to `headers`. Raises `HttpError`."""
        async with self.stream(method, url, body=body, headers=headers, seconds=seconds) as answer:
            content = await answer.content.read(limit)
            return Response(answer.status, content, retry_after(answer.headers.get("Retry-After")))

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        url: str,
        *,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float | None,
        idle_seconds: float | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer, to be read inside the `with`, all within `seconds` and with no pause of `idle_seconds` (None: however
        long it takes). Raises `HttpError`, also for what goes wrong while it is read."""
        import aiohttp  # noqa: PLC0415
        from multidict import CIMultiDict  # noqa: PLC0415

        sent = CIMultiDict(headers or {})
        for name, values in self._arguments.http_headers.items():
            for value in values:
                sent.add(name, value.reveal())
        timeout = aiohttp.ClientTimeout(total=seconds, sock_read=idle_seconds, sock_connect=_CONNECT_SECONDS)
        try:
            authorization = await self._authorization(seconds or _TOKEN_SECONDS)
            if authorization is not None:
                sent["Authorization"] = authorization
            async with AsyncExitStack() as stack:
                try:
                    opening = self._open(await stack.enter_async_context(self._sessions.use()), method, url)
                    answer = await stack.enter_async_context(
                        opening(params=query, data=body, headers=sent, timeout=timeout)
                    )
                except ValueError as error:
                    raise HttpError(why(error)) from error
                yield answer
        except ComponentError as error:
            raise NotSentError(str(error)) from None
        except TimeoutError:
            raise HttpError(f"no answer within {seconds or idle_seconds or _CONNECT_SECONDS:g}s") from None
        except (aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError) as error:
            raise NotSentError(why(error)) from error
        except (aiohttp.ClientError, OSError) as error:
            raise HttpError(why(error)) from error

    def _open(self, session: aiohttp.ClientSession, method: str, url: str) -> Callable[..., _Opening]:
        """The request with what the arguments say of the way to the server."""
        arguments = self._arguments
        proxy = proxy_for(url, arguments.proxy_url, arguments.no_proxy, arguments.proxy_from_environment)
        return partial(
            session.request,
            method,
            url,
            allow_redirects=arguments.follow_redirects,
            proxy=proxy,
            proxy_headers=_connect_headers(arguments) if proxy else None,
            server_hostname=arguments.tls_config.server_name or None,
        )

    async def _authorization(self, seconds: float) -> str | None:
        arguments = self._arguments
        if (basic := arguments.basic_auth) is not None:
            password = _from_file(basic.password_file) if basic.password_file else basic.password.reveal()
            return _basic(basic.username, password)
        if (auth := arguments.authorization) is not None:
            credentials = _from_file(auth.credentials_file) if auth.credentials_file else auth.credentials.reveal()
            return f"{auth.type.strip() or 'Bearer'} {credentials}"
        if arguments.bearer_token_file:
            return f"Bearer {_from_file(arguments.bearer_token_file)}"
        if token := arguments.bearer_token.reveal():
            return f"Bearer {token}"
        return None if self._oauth2 is None else await self._oauth2.header(seconds)


class _TokenSource:
    """OAuth 2.0 client credentials grant (RFC 6749, section 4.4), the token kept until shortly before it ends."""

    def __init__(self, oauth2: OAuth2) -> None:
        self._oauth2 = oauth2
        self._sessions = Sessions(oauth2.tls_config or TLSConfig())
        self._header = ""
        self._until = 0.0
        self._lock = asyncio.Lock()

    async def close(self) -> None:
        await self._sessions.close()

    async def header(self, seconds: float) -> str:
        async with self._lock:
            if not self._header or time.monotonic() >= self._until:
                await self._renew(seconds)
            return self._header

    async def _renew(self, seconds: float) -> None:
        import aiohttp  # noqa: PLC0415

        try:
            await self._ask(seconds)
        except TimeoutError:
            raise NotSentError(f"no token from `{self._oauth2.token_url}` within {seconds:g}s") from None
        except (aiohttp.ClientError, OSError) as error:
            raise NotSentError(f"no token from `{self._oauth2.token_url}`: {why(error)}") from error

    async def _ask(self, seconds: float) -> None:
        import aiohttp  # noqa: PLC0415

        oauth2 = self._oauth2
        secret = _from_file(oauth2.client_secret_file) if oauth2.client_secret_file else oauth2.client_secret.reveal()
        form = {"grant_type": "client_credentials", **oauth2.endpoint_params}
        if oauth2.scopes:
            form["scope"] = " ".join(oauth2.scopes)
        proxy = proxy_for(oauth2.token_url, oauth2.proxy_url, oauth2.no_proxy, oauth2.proxy_from_environment)
        async with (
            self._sessions.use() as session,
            session.post(
                oauth2.token_url,
                data=form,
                headers={"Authorization": _basic(quote_plus(oauth2.client_id), quote_plus(secret))},
                proxy=proxy,
                proxy_headers=_connect_headers(oauth2) if proxy else None,
                timeout=aiohttp.ClientTimeout(total=seconds),
            ) as answer,
        ):
            content = await answer.read()
            if answer.status >= 300:
                raise NotSentError(f"the token endpoint `{oauth2.token_url}` answered {answer.status}")
        try:
            token = msgspec.json.decode(content, type=_Token)
        except msgspec.DecodeError as error:
            raise NotSentError(f"the answer of the token endpoint `{oauth2.token_url}` is no token: {error}") from None
        kind = "Bearer" if token.token_type.lower() == "bearer" else token.token_type
        self._header = f"{kind} {token.access_token}"
        self._until = time.monotonic() + (
            float(token.expires_in) - _EARLY_SECONDS if token.expires_in else float("inf")
        )


class _Token(msgspec.Struct):
    access_token: str
    token_type: str = "Bearer"
    expires_in: float | str | None = None


def _connect_headers(arguments: ClientArguments | OAuth2) -> Mapping[str, str]:
    from multidict import CIMultiDict  # noqa: PLC0415

    headers: CIMultiDict[str] = CIMultiDict()
    for name, values in arguments.proxy_connect_header.items():
        for value in values:
            headers.add(name, value.reveal())
    return headers


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _from_file(name: str) -> str:
    """Read for each request, as Prometheus does: a token may be replaced at any time."""
    try:
        return Path(name).read_text().strip()
    except OSError as error:
        raise NotSentError(f"cannot read `{name}`: {error.strerror}") from None


def retry_after(value: str | None) -> float | None:
    """Seconds, or an HTTP date (RFC 9110, section 10.2.3)."""
    if value is None:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None
