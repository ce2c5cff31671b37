"""Arguments that all components with an HTTP client share, with Alloy's names and defaults.

A component's block or struct inherits `ClientArguments`, or has `ClientArguments`' fields among its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from compiler.evaluate.types import Secret
from runtime.component import ComponentError

__all__ = ["Authorization", "BasicAuth", "ClientArguments", "OAuth2", "TLSConfig", "inside", "validate"]

_NONE = Secret("")
_TLS_VERSIONS = ("", "TLS10", "TLS11", "TLS12", "TLS13")
_RESERVED = frozenset(
    [
        "authorization",
        "host",
        "content-encoding",
        "content-length",
        "content-type",
        "user-agent",
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "www-authenticate",
        "accept-encoding",
        "x-prometheus-remote-write-version",
        "x-prometheus-remote-read-version",
        "x-prometheus-scrape-timeout-seconds",
    ]
)
"""Headers that `http_headers` may not set, as in Prometheus."""


class BasicAuth(msgspec.Struct, frozen=True, kw_only=True):
    username: str = ""
    password: Secret = _NONE
    password_file: str = ""


class Authorization(msgspec.Struct, frozen=True, kw_only=True):
    type: str = ""
    credentials: Secret = _NONE
    credentials_file: str = ""


class TLSConfig(msgspec.Struct, frozen=True, kw_only=True):
    ca_pem: str = ""
    ca_file: str = ""
    cert_pem: str = ""
    cert_file: str = ""
    key_pem: Secret = _NONE
    key_file: str = ""
    server_name: str = ""
    insecure_skip_verify: bool = False
    min_version: str = ""


class OAuth2(msgspec.Struct, frozen=True, kw_only=True):
    client_id: str = ""
    client_secret: Secret = _NONE
    client_secret_file: str = ""
    scopes: list[str] = []
    token_url: str = ""
    endpoint_params: dict[str, str] = {}
    proxy_url: str = ""
    no_proxy: str = ""
    proxy_from_environment: bool = False
    proxy_connect_header: dict[str, list[Secret]] = {}
    tls_config: TLSConfig | None = None


class ClientArguments(msgspec.Struct, frozen=True, kw_only=True):
    """`enable_http2` allows HTTP/2 where the server offers it; this client always settles on HTTP/1.1."""

    basic_auth: BasicAuth | None = None
    authorization: Authorization | None = None
    oauth2: OAuth2 | None = None
    bearer_token: Secret = _NONE
    bearer_token_file: str = ""
    proxy_url: str = ""
    no_proxy: str = ""
    proxy_from_environment: bool = False
    proxy_connect_header: dict[str, list[Secret]] = {}
    tls_config: TLSConfig = TLSConfig()
    follow_redirects: bool = True
    enable_http2: bool = True
    http_headers: dict[str, list[Secret]] = {}


def validate(arguments: ClientArguments, block: str = "") -> None:
    """Raises `ComponentError`; `block` (`endpoint`) is put before the attribute's name."""
    with inside(block):
        _one_way_to_authenticate(arguments)
        _files_or_texts(arguments)
        _tls(arguments.tls_config, "tls_config")
        _proxy(
            arguments.proxy_url, arguments.no_proxy, arguments.proxy_from_environment, arguments.proxy_connect_header
        )
        for name in arguments.http_headers:
            if name.lower() in _RESERVED:
                raise ComponentError(f"`http_headers` must not set `{name}`, the client sets it itself", "http_headers")
        if arguments.oauth2 is not None:
            _oauth2(arguments.oauth2)


@contextmanager
def inside(block: str) -> Iterator[None]:
    """Puts `block` before the attribute's name of a `ComponentError`."""
    try:
        yield
    except ComponentError as error:
        if not block:
            raise
        raise ComponentError(str(error), f"{block}.{error.attribute}" if error.attribute else block) from None


def _one_way_to_authenticate(arguments: ClientArguments) -> None:
    token = bool(arguments.bearer_token.reveal() or arguments.bearer_token_file)
    ways = {
        "basic_auth": arguments.basic_auth is not None,
        "authorization": arguments.authorization is not None,
        "oauth2": arguments.oauth2 is not None,
        "bearer_token": token and arguments.bearer_token.reveal() != "",
        "bearer_token_file": arguments.bearer_token_file != "",
    }
    used = [name for name, is_used in ways.items() if is_used]
    if len(used) > 1:
        names = " and ".join(f"`{name}`" for name in used)
        raise ComponentError(f"{names} exclude each other, keep one", used[-1])


def _files_or_texts(arguments: ClientArguments) -> None:
    if (basic := arguments.basic_auth) is not None:
        _only_one("basic_auth", password=basic.password.reveal(), password_file=basic.password_file)
    if (auth := arguments.authorization) is not None:
        _only_one("authorization", credentials=auth.credentials.reveal(), credentials_file=auth.credentials_file)
        if auth.type.strip().lower() == "basic":
            raise ComponentError(
                "`authorization` cannot be of type `basic`, use a `basic_auth` block", "authorization.type"
            )


def _only_one(block: str, **values: str) -> None:
    used = [name for name, value in values.items() if value]
    if len(used) > 1:
        names = " and ".join(f"`{name}`" for name in used)
        raise ComponentError(f"{names} exclude each other, keep one", f"{block}.{used[-1]}")


def _tls(tls: TLSConfig, block: str) -> None:
    _only_one(block, ca_pem=tls.ca_pem, ca_file=tls.ca_file)
    _only_one(block, cert_pem=tls.cert_pem, cert_file=tls.cert_file)
    _only_one(block, key_pem=tls.key_pem.reveal(), key_file=tls.key_file)
    if bool(tls.cert_pem or tls.cert_file) != bool(tls.key_pem.reveal() or tls.key_file):
        missing = "key_file" if tls.cert_pem or tls.cert_file else "cert_file"
        raise ComponentError(f"a client certificate needs certificate and key, add `{missing}`", block)
    if tls.min_version not in _TLS_VERSIONS:
        known = ", ".join(f"`{version}`" for version in _TLS_VERSIONS[1:])
        raise ComponentError(f"`{tls.min_version}` is no TLS version, use one of {known}", f"{block}.min_version")


def _proxy(url: str, exempt: str, from_environment: bool, header: dict[str, list[Secret]]) -> None:
    if url and from_environment:
        raise ComponentError("`proxy_url` and `proxy_from_environment` exclude each other, keep one", "proxy_url")
    if exempt and not url:
        raise ComponentError("`no_proxy` needs `proxy_url`", "no_proxy")
    if header and not (url or from_environment):
        raise ComponentError(
            "`proxy_connect_header` needs `proxy_url` or `proxy_from_environment`", "proxy_connect_header"
        )
    if url and not url.startswith(("http://", "https://")):
        raise ComponentError(
            f"`{url}` is no proxy this client can use, it must begin with `http://` or `https://`", "proxy_url"
        )


def _oauth2(oauth2: OAuth2) -> None:
    for name, value in (("client_id", oauth2.client_id), ("token_url", oauth2.token_url)):
        if not value:
            raise ComponentError(f"`oauth2` needs `{name}`", f"oauth2.{name}")
    _only_one("oauth2", client_secret=oauth2.client_secret.reveal(), client_secret_file=oauth2.client_secret_file)
    if oauth2.tls_config is not None:
        _tls(oauth2.tls_config, "oauth2.tls_config")
    _proxy(oauth2.proxy_url, oauth2.no_proxy, oauth2.proxy_from_environment, oauth2.proxy_connect_header)
