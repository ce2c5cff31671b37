"""Free texts that have a form of their own: what is wrong with them, as Go's libraries see it."""

from __future__ import annotations

import re
from functools import cache

__all__ = ["regex_fault", "url_fault"]

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2}).{0,2}", re.DOTALL)
_HOST = re.compile(r"[^A-Za-z0-9._~!$&'()*+,;=:\[\]<>\"%-]", re.ASCII)


@cache
def regex_fault(pattern: str) -> str | None:
    """Why `pattern` is no RE2 expression; None when it is one."""
    import re2  # noqa: PLC0415 - only configurations with regexes need it

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        # The limit of this library's memory is no property of the expression.
        return None if "too large" in text else text
    return None


def url_fault(text: str) -> str | None:
    """Why Go's `net/url` refuses `text`. Much passes there: an empty text, `localhost:80` (scheme `localhost`), `a b`."""
    if any(character < " " or character == "\x7f" for character in text):
        return "it holds a control character"
    before_query = text.partition("#")[0].partition("?")[0]
    if text.startswith(":"):
        return "the scheme is missing in front of `:`"
    scheme = _SCHEME.match(before_query)
    rest = before_query[scheme.end() :] if scheme else before_query
    if not scheme and ":" in rest.partition("/")[0]:
        return "it begins with neither a scheme nor a path"
    if escape := _ESCAPE.search(rest):
        return f"`{escape.group()}` is no escape of two hexadecimal digits"
    if rest.startswith("//"):
        return _host_fault(rest[2:].partition("/")[0].rpartition("@")[2])
    return None


def _host_fault(host: str) -> str | None:
    if found := _HOST.search(host):
        return None if ord(found.group()) >= 0x80 else f"`{found.group()}` cannot stand in a host name"
    if host.startswith("["):
        if "]" not in host:
            return "the `]` of the host is missing"
        host = host.rpartition("]")[2]
    _, colon, port = host.rpartition(":")
    if colon and port.strip("0123456789"):
        return f"`{port}` is no port"
    return None
