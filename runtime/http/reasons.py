"""Why there was no answer, in words: the HTTP library's own speak of its classes."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator

__all__ = ["why"]

_OTHER_NAME = (62, 64)
"""OpenSSL's codes for a certificate of another host name, or of another address."""
_NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE")
"""How OpenSSL calls an answer that is not encrypted."""


def why(error: Exception) -> str:
    """One line for what the HTTP library raises."""
    import aiohttp  # noqa: PLC0415

    causes = list(_causes(error))
    host, port = getattr(error, "host", None), getattr(error, "port", None)
    place = f"`[{host}]:{port}`" if ":" in str(host) else f"`{host}:{port}`" if host else "the server"
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        place = f"the proxy {place}"
    for cause in causes:
        match cause:
            case ssl.SSLCertVerificationError():
                check = "the server's name" if cause.verify_code in _OTHER_NAME else "the CA"
                return f"the certificate of {place} is not trusted: {cause.verify_message.rstrip('.')}; check {check}"
            case ssl.SSLError(reason=str(reason)):
                hint = ", does its URL begin with `http://`?" if reason in _NO_TLS else ""
                return f"no TLS with {place}: {reason.lower().replace('_', ' ')}{hint}"
            case socket.gaierror():
                return f"cannot find the host `{host}`: {(cause.strerror or str(cause)).lower()}"
            case OSError(errno=int(number)) if number > 0:
                return f"cannot connect to {place}: {os.strerror(number).lower()}"
            case _:
                pass
    match error:
        case aiohttp.ClientHttpProxyError():
            return f"the proxy answered {error.status} {error.message}".rstrip()
        case aiohttp.ClientPayloadError():
            return "the connection ended in the middle of the answer"
        case aiohttp.ServerDisconnectedError():
            return "the server closed the connection without an answer"
        case aiohttp.TooManyRedirects():
            return f"redirected {len(error.history)} times without an end"
        case aiohttp.InvalidURL():
            return f"`{error.url}` is no URL that can be asked"
        case _:
            return " ".join(str(error).split()) or type(error).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Innermost knowledge first: the library wraps what the system says, and where it tried several addresses, a list of that."""
    found: list[BaseException] = []
    following: list[BaseException] = [error]
    while following:
        one = following.pop(0)
        if one in found:
            continue
        found.append(one)
        inner = (
            getattr(one, "os_error", None),
            getattr(one, "certificate_error", None),
            one.__cause__,
            one.__context__,
        )
        following += [*getattr(one, "exceptions", ()), *(each for each in inner if isinstance(each, BaseException))]
    return reversed(found)
