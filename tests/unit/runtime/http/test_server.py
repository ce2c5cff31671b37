"""The HTTP server of components; what it does for one is tested with `loki.source.api`."""

from __future__ import annotations

import asyncio
import shutil
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from compiler.evaluate.types import Duration, Secret
from runtime.component import ComponentError, HealthState
from runtime.http import server
from runtime.http.server import HTTPServer, ServerArguments, validate_server
from runtime.http.server_tls import ServerTLS
from tests.unit.runtime.components.harness import Desk, until


async def hello(_: web.Request) -> web.Response:
    return web.Response(text="hello")


@asynccontextmanager
async def serving(desk: Desk, arguments: ServerArguments) -> AsyncIterator[HTTPServer]:
    made = HTTPServer(desk.options(), arguments, {("GET", "/"): hello}, "test")
    task = asyncio.create_task(made.run(lambda: 1.0))
    try:
        yield made
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def loopback(**changes: Any) -> ServerArguments:
    return ServerArguments(**{"listen_address": "127.0.0.1", "listen_port": 0, **changes})


def client_of(authority: Path, pair: tuple[Path, Path] | None = None) -> aiohttp.ClientSession:
    context = ssl.create_default_context(cafile=str(authority))
    if pair is not None:
        context.load_cert_chain(*pair)
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context))


async def get(client: aiohttp.ClientSession, made: HTTPServer) -> str:
    async with client.get(f"https://{made.address}/", server_hostname="loki.test") as answer:
        return await answer.text()


async def test_a_name_that_is_no_address_is_the_health(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    async with serving(desk, loopback(listen_address="no address")):
        await until(lambda: desk.health)
    ((state, text),) = desk.health
    assert state == HealthState.UNHEALTHY
    assert text.startswith("cannot listen on `no address:0`: ")


async def test_a_connection_that_asks_for_nothing_is_closed(tmp_path: Path) -> None:
    async with serving(Desk(tmp_path), loopback(server_idle_timeout=Duration.parse("50ms"))) as made:
        await until(lambda: made.address)
        host, port = made.address.split(":")
        for text in (b"", b"GET / HTTP/1.1\r\n"):
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(text)
            assert await reader.read() == b""
            writer.close()


async def test_tls_and_clients_that_are_verified(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    cert, key = certificate
    tls = ServerTLS(
        cert_pem=cert.read_text(),
        key_pem=Secret(key.read_text()),
        client_ca_file=str(cert),
        client_auth_type="RequireAndVerifyClientCert",
    )
    async with serving(Desk(tmp_path), loopback(tls=tls)) as made:
        await until(lambda: made.address)
        async with client_of(cert, certificate) as known:
            assert await get(known, made) == "hello"
        async with client_of(cert) as unknown:
            with pytest.raises(aiohttp.ClientError):
                await get(unknown, made)


async def test_certificates_that_were_replaced_are_taken_up(
    tmp_path: Path, issue: Callable[[], tuple[Path, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_LOOK_SECONDS", 0.02)
    (old, old_key), (new, new_key) = issue(), issue()
    cert, key = tmp_path / "tls.crt", tmp_path / "tls.key"
    shutil.copy(old, cert)
    shutil.copy(old_key, key)
    desk = Desk(tmp_path)
    async with serving(desk, loopback(tls=ServerTLS(cert_file=str(cert), key_file=str(key)))) as made:
        await until(lambda: made.address)
        first = made.address
        async with client_of(old) as client:
            assert await get(client, made) == "hello"
        shutil.copy(new, cert)
        await asyncio.sleep(0.1)
        assert made.address == first, "a certificate without its key changes nothing"
        shutil.copy(new_key, key)
        await until(lambda: made.address not in (first, ""))
        async with client_of(new) as client:
            assert await get(client, made) == "hello"


async def test_certificates_that_cannot_be_read_are_the_health(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    async with serving(desk, loopback(tls=ServerTLS(cert_file="/nowhere/tls.crt", key_file="/nowhere/tls.key"))):
        await until(lambda: desk.health)
    assert desk.health == [(HealthState.UNHEALTHY, "cannot read `/nowhere/tls.crt`: No such file or directory")]


PAIR = {"cert_file": "c", "key_file": "k"}


@pytest.mark.parametrize(
    ("tls", "attribute"),
    [
        ({}, "http.tls"),
        ({"cert_file": "c"}, "http.tls"),
        ({**PAIR, "cert_pem": "c"}, "http.tls.cert_file"),
        ({**PAIR, "client_auth_type": "RequestClientCert"}, "http.tls.client_auth_type"),
        ({**PAIR, "client_auth_type": "RequireAndVerifyClientCert"}, "http.tls.client_auth_type"),
        ({**PAIR, "client_ca_file": "ca"}, "http.tls.client_ca"),
        ({**PAIR, "min_version": "TLS12"}, "http.tls.min_version"),
    ],
)
def test_tls_that_cannot_work(tls: dict[str, Any], attribute: str) -> None:
    with pytest.raises(ComponentError) as refused:
        validate_server(loopback(tls=ServerTLS(**tls)), "http")
    assert refused.value.attribute == attribute
