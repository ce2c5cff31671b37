"""What is said of a server that does not answer."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from runtime.http import ClientArguments, OAuth2, TLSConfig
from runtime.http.client import HttpClient, HttpError
from tests.conformance.agent import free_ports
from tests.unit.runtime.http.test_client import serving


async def odd(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    if request.path == "/round":
        return web.Response(status=302, headers={"Location": "/round"})
    if request.path == "/half":
        response.enable_chunked_encoding()
        await response.prepare(request)
        await response.write(b"half")
    assert request.transport is not None
    request.transport.abort()
    return response


async def reason(url: str, tls: TLSConfig | None = None, **arguments: Any) -> str:
    async with HttpClient(ClientArguments(tls_config=tls or TLSConfig(), **arguments)) as http:
        with pytest.raises(HttpError) as refused:
            async with http.stream("GET", url, seconds=20) as answer:
                await answer.content.read()
    return str(refused.value)


async def test_connections_that_end() -> None:
    async with serving(odd) as url:
        assert await reason(f"{url}/half") == "the connection ended in the middle of the answer"
        assert await reason(f"{url}/none") == "the server closed the connection without an answer"
        assert await reason(f"{url}/round") == "redirected 10 times without an end"
        place = url.removeprefix("http://")
        hint = "wrong version number, does its URL begin with `http://`?"
        assert await reason(f"https://{place}") == f"no TLS with `{place}`: {hint}"


async def test_a_proxy_and_a_token_endpoint_are_not_the_server() -> None:
    (port,) = free_ports(1)
    said = await reason("https://a.example", proxy_url=f"http://127.0.0.1:{port}")
    assert said == f"cannot connect to the proxy `127.0.0.1:{port}`: connection refused"

    async def closed(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(closed, "127.0.0.1", 0) as server:
        proxy = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        assert (
            await reason("https://a.example", proxy_url=proxy) == "the proxy answered 407 Proxy Authentication Required"
        )

    url = f"http://127.0.0.1:{port}/token"
    said = await reason("http://a.example", oauth2=OAuth2(client_id="i", token_url=url))
    assert said == f"no token from `{url}`: cannot connect to `127.0.0.1:{port}`: connection refused"


async def test_certificates(certificate: tuple[Path, Path]) -> None:
    cert, key = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    async with serving(odd, context) as url:
        prefix = f"the certificate of `{url.removeprefix('https://')}` is not trusted: "
        unknown = await reason(url)
        assert unknown.startswith(prefix)
        assert unknown.endswith("; check the CA")
        other_name = await reason(url, TLSConfig(ca_file=str(cert)))
        assert other_name.startswith(prefix)
        assert other_name.endswith("; check the server's name")


async def test_hosts_that_are_not_there() -> None:
    (port,) = free_ports(1)
    assert await reason(f"http://localhost:{port}") == f"cannot connect to `localhost:{port}`: connection refused"
    assert (await reason("http://no-such.invalid")).startswith("cannot find the host `no-such.invalid`: ")


@pytest.fixture
async def stranger() -> AsyncIterator[str]:
    """What speaks another protocol."""

    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-x\r\n")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_an_answer_that_is_no_http_is_told_in_one_line(stranger: str) -> None:
    said = await reason(stranger)
    assert "Bad status line" in said
    assert "\n" not in said
