"""Arguments of a connection to an API server, with Alloy's names and defaults."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from runtime.component import ComponentError
from runtime.http.arguments import ClientArguments, validate

__all__ = ["ConnectionArguments", "validate_connection"]


class ConnectionArguments(ClientArguments, frozen=True, kw_only=True):
    """The `client` block; components that have these arguments among their own inherit them.

    With neither `api_server` nor `kubeconfig_file`, the service account of the pod that the process runs in.
    """

    api_server: str = ""
    kubeconfig_file: str = ""

    @property
    def connection(self) -> ConnectionArguments:
        """These arguments alone, of a component that inherits them: equal ones mean the same connection."""
        names = (field.name for field in msgspec.structs.fields(ConnectionArguments))
        return ConnectionArguments(**{name: getattr(self, name) for name in names})


_DEFAULT_CLIENT = ClientArguments()


def validate_connection(arguments: ConnectionArguments, block: str = "") -> None:
    """Raises `ComponentError`; `block` (`client`) is put before the attribute's name."""
    validate(arguments, block)
    prefix = f"{block}." if block else ""
    if arguments.api_server and arguments.kubeconfig_file:
        raise ComponentError(
            "`api_server` and `kubeconfig_file` exclude each other, keep one", f"{prefix}kubeconfig_file"
        )
    if arguments.api_server:
        parts = urlsplit(arguments.api_server)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ComponentError(
                f"`{arguments.api_server}` is no URL of an API server, expected `https://HOST:PORT`",
                f"{prefix}api_server",
            )
        return
    for field in msgspec.structs.fields(ClientArguments):
        if getattr(arguments, field.name) != getattr(_DEFAULT_CLIENT, field.name):
            where = "`kubeconfig_file` names" if arguments.kubeconfig_file else "the pod's service account gives"
            raise ComponentError(
                f"`{field.name}` needs `api_server`: {where} the whole connection", f"{prefix}{field.name}"
            )
