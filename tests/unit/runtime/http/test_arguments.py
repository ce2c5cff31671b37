from __future__ import annotations

from typing import Any

import pytest

from compiler.evaluate.types import Secret
from runtime.component import ComponentError
from runtime.http import Authorization, BasicAuth, ClientArguments, OAuth2, TLSConfig, validate

TOKEN = Secret("t")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"basic_auth": BasicAuth(username="u", password=TOKEN)},
        {"authorization": Authorization(credentials=TOKEN)},
        {"oauth2": OAuth2(client_id="c", token_url="http://t/x", client_secret=TOKEN)},
        {"proxy_url": "http://p", "no_proxy": "a", "proxy_connect_header": {"X": [TOKEN]}},
        {"tls_config": TLSConfig(min_version="TLS13", insecure_skip_verify=True)},
        {"http_headers": {"X-Extra": [TOKEN]}},
    ],
)
def test_accepted(fields: dict[str, Any]) -> None:
    validate(ClientArguments(**fields))


@pytest.mark.parametrize(
    ("fields", "attribute", "text"),
    [
        ({"bearer_token": TOKEN, "bearer_token_file": "f"}, "bearer_token_file", "exclude"),
        ({"basic_auth": BasicAuth(), "oauth2": OAuth2(client_id="c", token_url="u")}, "oauth2", "exclude"),
        ({"basic_auth": BasicAuth(password=TOKEN, password_file="f")}, "basic_auth.password_file", "exclude"),
        ({"authorization": Authorization(type="Basic")}, "authorization.type", "`basic_auth` block"),
        ({"oauth2": OAuth2(client_id="c")}, "oauth2.token_url", "needs `token_url`"),
        ({"tls_config": TLSConfig(cert_file="c")}, "tls_config", "add `key_file`"),
        ({"tls_config": TLSConfig(ca_pem="c", ca_file="f")}, "tls_config.ca_file", "exclude"),
        ({"tls_config": TLSConfig(min_version="1.2")}, "tls_config.min_version", "`TLS12`"),
        ({"no_proxy": "a"}, "no_proxy", "needs `proxy_url`"),
        ({"proxy_url": "http://p", "proxy_from_environment": True}, "proxy_url", "exclude"),
        ({"proxy_url": "socks5://p"}, "proxy_url", "`http://`"),
        ({"proxy_connect_header": {"X": [TOKEN]}}, "proxy_connect_header", "needs"),
        ({"http_headers": {"content-TYPE": [TOKEN]}}, "http_headers", "must not set"),
    ],
)
def test_refused(fields: dict[str, Any], attribute: str, text: str) -> None:
    with pytest.raises(ComponentError, match=text) as caught:
        validate(ClientArguments(**fields), "endpoint[0]")
    assert caught.value.attribute == f"endpoint[0].{attribute}"
