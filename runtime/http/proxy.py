"""Which proxy a URL goes through: `proxy_url` with `no_proxy`, or the environment."""

from __future__ import annotations

import ipaddress
import urllib.request
from urllib.parse import urlsplit

__all__ = ["exempt", "proxy_for"]


def proxy_for(url: str, proxy_url: str, no_proxy: str, from_environment: bool) -> str | None:
    """The proxy's URL, None for a direct connection. The environment is read as curl and Go do (HTTP_PROXY,
    HTTPS_PROXY, NO_PROXY, in either case); as in Go, it never has a proxy for this machine itself."""
    if from_environment and _is_local(urlsplit(url).hostname or ""):
        return None
    if from_environment:
        found = urllib.request.getproxies_environment()
        exempted = found.get("no", "")
        proxy = found.get(urlsplit(url).scheme)
        if proxy and "://" not in proxy:
            proxy = f"http://{proxy}"
    else:
        proxy, exempted = proxy_url or None, no_proxy
    return None if proxy is None or exempt(url, exempted) else proxy


def exempt(url: str, no_proxy: str) -> bool:
    """Whether `no_proxy` names the host: comma-separated `*`, host (with its subdomains), `.domain` (subdomains
    only), address, CIDR block, each with an optional `:port`."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower().rstrip(".")
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    return any(_matches(host, port, entry.strip().lower()) for entry in no_proxy.split(",") if entry.strip())


def _matches(host: str, port: int, entry: str) -> bool:
    if entry == "*":
        return True
    address = _address(host)
    try:
        network = ipaddress.ip_network(entry, strict=False)
    except ValueError:
        network = None
    if network is not None:
        return address is not None and address in network
    name, colon, wanted = entry.rpartition(":")
    if colon and wanted.isdigit():
        if int(wanted) != port:
            return False
        entry = name.strip("[]")
    if address is not None:
        return address == _address(entry)
    entry = entry.removeprefix("*")
    return host.endswith(entry) if entry.startswith(".") else host == entry or host.endswith(f".{entry}")


def _is_local(host: str) -> bool:
    address = _address(host)
    return host == "localhost" if address is None else address.is_loopback


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
