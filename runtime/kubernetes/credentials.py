"""Where an API server is and how it is spoken to: from a component's arguments, a pod's service account, or a kubeconfig."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from runtime.component import ComponentError
from runtime.http.arguments import ClientArguments, TLSConfig
from runtime.kubernetes.arguments import ConnectionArguments

__all__ = ["Access", "Credentials", "credentials_for", "own_namespace"]

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where every pod finds its token, the cluster's authority and its namespace."""


@dataclass(frozen=True, slots=True)
class Access:
    """`server` is a URL without a slash at its end; `authorization` the header where `client` names no way to get one.
    `credentials` says in words what it is that a server may refuse, and where it comes from."""

    server: str
    client: ClientArguments
    authorization: str = ""
    credentials: str = "the credentials"


class Credentials(Protocol):
    async def access(self, refused: Access | None = None) -> Access:
        """As it is now; `refused` is the last one that was not accepted. Raises `ApiError`."""
        ...


@dataclass(frozen=True, slots=True)
class Fixed:
    """Tokens and certificates in files are read by the HTTP client, anew when they change: so a pod's token rotates."""

    value: Access

    async def access(self, refused: Access | None = None) -> Access:  # noqa: ARG002
        return self.value


def credentials_for(arguments: ConnectionArguments) -> Credentials:
    """Raises `ComponentError` with the attribute for a kubeconfig that cannot be used, or without any API server.

    The service account's two files are what `api_server` with `bearer_token_file` and `ca_file` says, so they take the same way; only
    a kubeconfig needs the Kubernetes client's package, which costs a process on every node 16 MiB.
    """
    if arguments.kubeconfig_file:
        from runtime.kubernetes.kubeconfig import Kubeconfig  # noqa: PLC0415

        return Kubeconfig(Path(arguments.kubeconfig_file))
    if arguments.api_server:
        return Fixed(_by_arguments(arguments.api_server, arguments))
    return Fixed(_in_cluster())


def own_namespace() -> str:
    """The namespace of the pod that the process runs in; empty outside of one."""
    try:
        return (SERVICE_ACCOUNT / "namespace").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _in_cluster() -> Access:
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST", ""), os.environ.get("KUBERNETES_SERVICE_PORT", "")
    if not host or not port:
        raise ComponentError(
            "there is no API server: this process does not run in a pod, so give `kubeconfig_file` or `api_server`, "
            "or recorded objects with `kmon run --inventory FILE`"
        )
    token = SERVICE_ACCOUNT / "token"
    if not token.exists():
        raise ComponentError(
            f"the pod has no service account token at `{token}`: it needs `automountServiceAccountToken: true`"
        )
    client = ClientArguments(
        bearer_token_file=str(token),
        tls_config=TLSConfig(ca_file=str(SERVICE_ACCOUNT / "ca.crt")),
        proxy_from_environment=True,
    )
    return _by_arguments(f"https://{f'[{host}]' if ':' in host else host}:{port}", client)


def _by_arguments(server: str, client: ClientArguments) -> Access:
    token = client.bearer_token_file
    return Access(server.rstrip("/"), client, credentials=f"the token in `{token}`" if token else "the credentials")
