"""A kubeconfig, as the Kubernetes client's own package uses it: certificates, tokens, exec plugins, OIDC.

The package is imported here and nowhere else.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from kubernetes.aio.client.configuration import Configuration
from kubernetes.aio.config import ConfigException, kube_config

from runtime.component import ComponentError
from runtime.http.arguments import ClientArguments, TLSConfig
from runtime.kubernetes.credentials import Access
from runtime.kubernetes.kubeconfig_file import UnusableError, read_kubeconfig
from runtime.kubernetes.source import ApiError

__all__ = ["Kubeconfig"]

_package: Any = kube_config  # it has no types
_FRESH_SECONDS = 60.0
"""How long an access is used before tokens are looked at again; a plugin runs only when its token has expired."""
_LOGIN_SECONDS = 60.0
"""How long plugins and identity providers may take: those who wait for them know nothing new meanwhile."""
_complaints: ContextVar[list[str]] = ContextVar("complaints")


class _Complaints(logging.Handler):
    """What the package only logs: why an exec plugin gave nothing."""

    def emit(self, record: logging.LogRecord) -> None:
        if (said := _complaints.get(None)) is not None:
            said.append(" ".join(record.getMessage().split()))


_package.logger.addHandler(_Complaints(logging.ERROR))
_package.logger.propagate = False


class Kubeconfig:
    """The current context's cluster and user. The file is read again when it changes, and when its credentials are refused."""

    def __init__(self, file: Path) -> None:
        """Raises `ComponentError`."""
        self._file = file
        self._stamp = _stamp(file)
        try:
            self._loader = _load(file)
        except UnusableError as error:
            raise ComponentError(str(error), "kubeconfig_file") from None
        self._access: Access | None = None
        self._until = 0.0
        self._login: asyncio.Task[Access] | None = None

    async def access(self, refused: Access | None = None) -> Access:
        try:
            stamp = _stamp(self._file)
            if stamp != self._stamp or (refused is not None and refused is self._access):
                self._loader, self._stamp, self._access, self._login = _load(self._file), stamp, None, None
            if self._access is None or time.monotonic() >= self._until:
                return await self._logged_in()
        except UnusableError as error:
            raise ApiError(str(error)) from None
        return self._access

    async def _logged_in(self) -> Access:
        """A plugin runs once for all who ask. One that takes longer than they wait goes on: there is no way to end it."""
        login = self._login
        if login is None or login.done():
            login = asyncio.create_task(_access(self._file, self._loader), name=f"login of {self._file}")
            login.add_done_callback(lambda task: task.cancelled() or task.exception())  # nobody may be waiting any more
            self._login = login
        try:
            async with asyncio.timeout(_LOGIN_SECONDS):
                access = await asyncio.shield(login)
        except TimeoutError:
            plugin = _from(self._loader)
            raise UnusableError(
                f"kubeconfig {self._file}: no credentials came within {_LOGIN_SECONDS:g}s{plugin}"
            ) from None
        if login is self._login:  # the file has not changed meanwhile
            self._access, self._until = access, time.monotonic() + _FRESH_SECONDS
        return access


def _stamp(file: Path) -> tuple[int, int, int]:
    try:
        stat = file.stat()
    except OSError:
        return 0, 0, 0
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _load(file: Path) -> Any:
    """With the current context chosen. Raises `UnusableError`."""
    document = read_kubeconfig(file)
    try:
        loader = _package.KubeConfigLoader(config_dict=document, config_base_path=str(file.resolve().parent))
    except (ConfigException, AttributeError, KeyError, TypeError) as error:
        raise UnusableError(f"kubeconfig {file}: {_reason(error)}") from None
    if loader._user is None:  # a context may do without one; the package stumbles over that
        loader._user = _package.ConfigNode("user", {})
    return loader


async def _access(file: Path, loader: Any) -> Access:
    """Raises `UnusableError`."""
    found, said = Configuration(), list[str]()
    _complaints.set(said)
    try:
        await loader.load_and_set(found)
    except Exception as error:  # what a plugin, an identity provider or a file of a certificate does is theirs
        raise UnusableError(f"kubeconfig {file}: {_reason(error)}") from error
    token = " ".join(found.api_key.get("BearerToken", "").split())
    if not token and not found.cert_file and "exec" in loader._user:
        why = _without_prefix(said[-1]) if said else "it said nothing"
        raise UnusableError(f"kubeconfig {file}: no credentials came{_from(loader)}: {why}")
    tls = TLSConfig(
        ca_file=found.ssl_ca_cert or "",
        cert_file=found.cert_file or "",
        key_file=found.key_file or "",
        server_name=found.tls_server_name or "",
        insecure_skip_verify=not found.verify_ssl,
    )
    client = ClientArguments(tls_config=tls, proxy_url=found.proxy or "", proxy_from_environment=not found.proxy)
    user = loader.current_context["context"].get("user")
    whose = f"the credentials of user `{user}` in kubeconfig `{file}`" if user else f"a context without user: `{file}`"
    return Access(found.host.rstrip("/"), client, token, whose)


def _from(loader: Any) -> str:
    """Who is to give credentials, where that is not the file itself."""
    return f" from its exec plugin `{loader._user['exec'].value.get('command')}`" if "exec" in loader._user else ""


def _reason(error: Exception) -> str:
    match error:
        case OSError(filename=str(name), strerror=str(reason)):
            return f"cannot read `{name}`: {reason.lower()}"
        case _:
            text = str(error) or type(error).__name__
            missing = re.fullmatch(r"File does not exists?: (.+)", text)
            return f"cannot read `{missing[1]}`: no such file" if missing else _without_prefix(text)


def _without_prefix(text: str) -> str:
    """What the package puts before each of its sentences, and around what a plugin says, tells nobody anything."""
    text = re.sub(r"\bb'(.*)'$", r"\1", text)
    return re.sub(r"^(Invalid kube-config file\. |exec: |\[Errno \d+\] )|kube-config/", "", text)
