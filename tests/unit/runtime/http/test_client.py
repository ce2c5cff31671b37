from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from compiler.evaluate.types import Secret
from runtime.http import BasicAuth, ClientArguments, OAuth2, TLSConfig
from runtime.http.client import HttpClient, HttpError


@asynccontextmanager
async def serving(handler: Any, context: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield f"{'https' if context else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def hello(request: web.Request) -> web.Response:
    return web.Response(text=request.headers.get("Authorization", "none"), headers={"Retry-After": "7"})


async def test_answer(tmp_path: Path) -> None:
    async with serving(hello) as url, HttpClient(ClientArguments()) as http:
        answer = await http.request("GET", url, seconds=5)
        assert (answer.status, answer.body, answer.retry_after) == (200, b"none", 7.0)


async def test_password_file_is_read_for_each_request(tmp_path: Path) -> None:
    secret = tmp_path / "pw"
    secret.write_text("one\n")
    arguments = ClientArguments(basic_auth=BasicAuth(username="u", password_file=str(secret)))
    async with serving(hello) as url, HttpClient(arguments) as http:
        assert (await http.request("GET", url, seconds=5)).body == b"Basic dTpvbmU="
        secret.write_text("two")
        assert (await http.request("GET", url, seconds=5)).body == b"Basic dTp0d28="
        secret.unlink()
        with pytest.raises(HttpError, match="cannot read"):
            await http.request("GET", url, seconds=5)


async def test_no_answer() -> None:
    async def hang(_: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    async with serving(hang) as url, HttpClient(ClientArguments()) as http:
        with pytest.raises(HttpError, match=r"no answer within 0\.05s"):
            await http.request("GET", url, seconds=0.05)
        with pytest.raises(HttpError):
            await http.request("GET", "http://127.0.0.1:9/", seconds=5)


@pytest.mark.parametrize(("follow", "status"), [(True, 200), (False, 307)])
async def test_redirects(follow: bool, status: int) -> None:
    async def handler(request: web.Request) -> web.Response:
        if request.path == "/from":
            return web.Response(status=307, headers={"Location": "/to"})
        return web.Response(body=await request.read())

    async with serving(handler) as url, HttpClient(ClientArguments(follow_redirects=follow)) as http:
        answer = await http.request("POST", f"{url}/from", body=b"data", seconds=5)
        assert answer.status == status
        assert answer.body == (b"data" if follow else b"")


async def test_oauth2_token_is_fetched_once_and_renewed() -> None:
    forms: list[dict[str, str]] = []

    async def tokens(request: web.Request) -> web.Response:
        form = await request.post()
        forms.append({"auth": request.headers["Authorization"], **{key: str(value) for key, value in form.items()}})
        lifetime = 3600 if len(forms) > 1 else 5
        return web.json_response({"access_token": f"t{len(forms)}", "token_type": "bearer", "expires_in": lifetime})

    async with serving(tokens) as token_url, serving(hello) as url:
        oauth2 = OAuth2(
            client_id="id",
            client_secret=Secret("s"),
            token_url=token_url,
            scopes=["a", "b"],
            endpoint_params={"aud": "x"},
        )
        async with HttpClient(ClientArguments(oauth2=oauth2)) as http:
            bodies = [(await http.request("GET", url, seconds=5)).body for _ in range(3)]
    assert bodies == [b"Bearer t1", b"Bearer t2", b"Bearer t2"]
    assert forms[0] == {"auth": "Basic aWQ6cw==", "grant_type": "client_credentials", "scope": "a b", "aud": "x"}


async def test_oauth2_failure_is_worth_a_retry() -> None:
    async def refuse(_: web.Request) -> web.Response:
        return web.Response(status=401)

    async with serving(refuse) as url:
        http = HttpClient(ClientArguments(oauth2=OAuth2(client_id="i", token_url=url)))
        with pytest.raises(HttpError, match="401"):
            await http.request("GET", url, seconds=5)
        await http.close()


async def test_proxy_gets_the_request_with_its_whole_url() -> None:
    seen: list[str] = []

    async def proxy(request: web.Request) -> web.Response:
        seen.append(request.raw_path)
        return web.Response(text="by proxy")

    async with serving(proxy) as url, HttpClient(ClientArguments(proxy_url=url, no_proxy="127.0.0.1")) as http:
        answer = await http.request("GET", "http://loki.example/push", seconds=5)
        assert answer.body == b"by proxy"
        assert seen == ["http://loki.example/push"]
        assert (await http.request("GET", url, seconds=5)).body == b"by proxy"
        assert seen[1] == "/"


async def test_tls(certificate: tuple[Path, Path]) -> None:
    cert, key = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    context.load_verify_locations(cert)
    context.verify_mode = ssl.CERT_REQUIRED
    both: dict[str, Any] = {"cert_file": str(cert), "key_pem": Secret(key.read_text())}
    good = TLSConfig(ca_file=str(cert), server_name="loki.test", **both)
    careless = TLSConfig(insecure_skip_verify=True, **both)
    wrong_name = TLSConfig(ca_file=str(cert), **both)
    async with serving(hello, context) as url:
        for tls_config in (good, careless):
            async with HttpClient(ClientArguments(tls_config=tls_config)) as http:
                assert (await http.request("GET", url, seconds=5)).status == 200
        for tls_config in (wrong_name, TLSConfig(), TLSConfig(ca_file="/nowhere")):
            async with HttpClient(ClientArguments(tls_config=tls_config)) as http:
                with pytest.raises(HttpError):
                    await http.request("GET", url, seconds=5)
