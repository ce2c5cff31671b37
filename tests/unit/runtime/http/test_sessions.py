"""Certificates that are replaced while connections are in use."""

from __future__ import annotations

import asyncio
import gc
import ssl
import warnings
from pathlib import Path

import pytest
from aiohttp import web

from runtime.http import ClientArguments, TLSConfig
from runtime.http.client import HttpClient, NotSentError
from tests.unit.runtime.http.test_client import hello, serving


async def test_a_stream_ends_as_the_server_has_it_when_the_files_change_meanwhile(
    certificate: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.http.sessions._LOOK_SECONDS", 0.0)
    cert, key = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    ca, go_on = tmp_path / "ca.pem", asyncio.Event()
    ca.write_bytes(cert.read_bytes())

    async def halting(request: web.Request) -> web.StreamResponse:
        if request.path != "/stream":
            return await hello(request)
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"one ")
        await go_on.wait()
        await response.write(b"two")
        return response

    arguments = ClientArguments(tls_config=TLSConfig(ca_file=str(ca), server_name="loki.test"))
    async with (
        serving(halting, context) as url,
        HttpClient(arguments) as http,
        http.stream("GET", f"{url}/stream", seconds=20) as answer,
    ):
        assert await answer.content.readany() == b"one "
        ca.write_text("no certificate")
        with pytest.raises(NotSentError, match=r"the CA certificate in `\S+ca.pem` cannot be used"):
            await http.request("GET", url, seconds=5)
        ca.write_bytes(cert.read_bytes())
        assert (await http.request("GET", url, seconds=5)).status == 200
        await http.close()
        go_on.set()
        assert await answer.content.read() == b"two"


async def test_requests_at_once_share_a_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.http.sessions._LOOK_SECONDS", 0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        async with serving(hello) as url, HttpClient(ClientArguments()) as http:
            answers = await asyncio.gather(*(http.request("GET", url, seconds=5) for _ in range(8)))
        gc.collect()
    assert {answer.status for answer in answers} == {200}


async def test_a_file_without_a_certificate_is_no_authority(tmp_path: Path) -> None:
    empty = tmp_path / "ca.pem"
    empty.touch()
    async with HttpClient(ClientArguments(tls_config=TLSConfig(ca_file=str(empty)))) as http:
        with pytest.raises(NotSentError, match=r"ca\.pem` is empty"):
            await http.request("GET", "https://127.0.0.1:1", seconds=5)
