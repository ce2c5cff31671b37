"""The text of a kubeconfig file: what it lacks of what the current context needs is said with its position."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

__all__ = ["UnusableError", "read_kubeconfig"]

_LISTS = {"clusters": "cluster", "contexts": "context", "users": "user"}
"""What a kubeconfig holds lists of, and the key of what an entry is beside its name."""


class UnusableError(Exception):
    """The text is the whole message."""


def read_kubeconfig(file: Path) -> dict[str, Any]:
    """Its document, in which the current context has a cluster with a URL, and a user where it names one. Raises `UnusableError`."""
    try:
        document = YAML(typ="rt", pure=True).load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnusableError(f"cannot read kubeconfig `{file}`: {(error.strerror or str(error)).lower()}") from None
    except UnicodeDecodeError as error:
        raise UnusableError(f"kubeconfig {file}: is no text, byte {error.start + 1} is not UTF-8") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        position = f":{mark.line + 1}:{mark.column + 1}" if mark is not None else ""
        raise UnusableError(f"kubeconfig {file}{position}: is no valid YAML: {error.problem}") from None
    except YAMLError as error:
        raise UnusableError(f"kubeconfig {file}: is no valid YAML: {error}") from None
    try:
        _check(document)
    except _LackError as lack:
        raise UnusableError(f"kubeconfig {file}:{lack.line}:{lack.column}: {lack}") from None
    return dict(document)


class _LackError(Exception):
    """`line` and `column` count from one."""

    def __init__(self, reason: str, within: Any = None, key: str | int = "") -> None:
        """At the value of `key` in `within`, else where `within` begins."""
        super().__init__(reason)
        place = getattr(within, "lc", None)
        if place is None:
            at = 0, 0
        elif isinstance(key, int):
            at = place.item(key)
        else:
            at = place.value(key) if key in within else (place.line, place.col)
        self.line, self.column = at[0] + 1, at[1] + 1


def _check(document: Any) -> None:
    if not isinstance(document, dict) or "clusters" not in document:
        raise _LackError("is no kubeconfig, it has no `clusters`")
    known = {plural: dict(_entries(document, plural)) for plural in _LISTS}

    def named(plural: str, within: Any, key: str) -> Any:
        """The entry whose name stands at `key`."""
        name = str(within.get(key) or "")
        if name not in known[plural]:
            names = ", ".join(f"`{one}`" for one in known[plural]) or "there are none"
            raise _LackError(f"{_LISTS[plural]} `{name}` is not among its `{plural}`: {names}", within, key)
        return known[plural][name]

    if not document.get("current-context"):
        raise _LackError("has no `current-context`, choose one with `kubectl config use-context NAME`")
    context = named("contexts", document, "current-context")
    cluster = named("clusters", context, "cluster")
    server = cluster.get("server")
    if not isinstance(server, str) or urlsplit(server).scheme not in ("http", "https"):
        raise _LackError("a cluster needs `server`, the URL of its API server: `https://HOST:PORT`", cluster, "server")
    user = named("users", context, "user") if context.get("user") else {}
    _check_data(cluster, "certificate-authority-data")
    _check_data(user, "client-certificate-data", "client-key-data")


def _check_data(within: Any, *keys: str) -> None:
    for key in keys:
        try:
            text = b"".join(str(within.get(key, "")).encode().split())
            good = key not in within or b"-----BEGIN" in base64.b64decode(text, validate=True)
        except ValueError:
            good = False
        if not good:
            raise _LackError(f"`{key}` is not base64 of a PEM file", within, key)


def _entries(document: Any, plural: str) -> Iterator[tuple[str, Any]]:
    kind, entries = _LISTS[plural], document.get(plural)
    if not isinstance(entries, list | None):
        raise _LackError(f"`{plural}` must be a list", document, plural)
    for number, entry in enumerate(entries or ()):
        if not isinstance(entry, dict) or not isinstance(entry.get(kind), dict | None) or "name" not in entry:
            raise _LackError(f"an entry of `{plural}` needs `name` and `{kind}`, a map", entries, number)
        found = entry.get(kind)
        yield str(entry["name"]), {} if found is None else found
