from __future__ import annotations

import pytest

from runtime.http.proxy import exempt, proxy_for


@pytest.mark.parametrize(
    ("url", "no_proxy", "expected"),
    [
        ("http://loki.example/x", "", False),
        ("http://loki.example/x", "*", True),
        ("http://loki.example/x", "loki.example", True),
        ("http://a.loki.example/x", "loki.example", True),
        ("http://badloki.example/x", "loki.example", False),
        ("http://loki.example/x", ".loki.example", False),
        ("http://a.loki.example/x", " other , .LOKI.example", True),
        ("http://a.loki.example/x", "*.loki.example", True),
        ("http://loki.example:3100/x", "loki.example:3100", True),
        ("http://loki.example:3101/x", "loki.example:3100", False),
        ("https://loki.example/x", "loki.example:443", True),
        ("http://10.1.2.3/x", "10.0.0.0/8", True),
        ("http://11.1.2.3/x", "10.0.0.0/8", False),
        ("http://10.1.2.3:3100/x", "10.1.2.3:3100", True),
        ("http://[fd00::1]/x", "fd00::/8", True),
        ("http://loki.example/x", "10.0.0.0/8", False),
    ],
)
def test_exempt(url: str, no_proxy: str, expected: bool) -> None:
    assert exempt(url, no_proxy) is expected


def test_proxy_url_with_exemptions() -> None:
    assert proxy_for("http://a/x", "http://p:1", "b", False) == "http://p:1"
    assert proxy_for("http://b/x", "http://p:1", "b", False) is None
    assert proxy_for("http://a/x", "", "", False) is None


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "REQUEST_METHOD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://secure:1")
    monkeypatch.setenv("http_proxy", "plain:2")
    monkeypatch.setenv("NO_PROXY", "internal.example")
    assert proxy_for("https://a/x", "", "", True) == "http://secure:1"
    assert proxy_for("http://a/x", "", "", True) == "http://plain:2"
    assert proxy_for("http://internal.example/x", "", "", True) is None
    assert proxy_for("http://a/x", "", "", False) is None
    assert [proxy_for(f"http://{here}:1/x", "", "", True) for here in ("localhost", "127.0.0.2", "[::1]")] == [None] * 3
    assert proxy_for("http://localhost:1/x", "http://p:1", "", False) == "http://p:1"
