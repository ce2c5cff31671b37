"""A kubeconfig file, read by the Kubernetes client's own package: contexts, certificates, tokens, exec plugins, OIDC.

The package is imported here and nowhere else.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from kubernetes.aio.client.configuration import Configuration
from kubernetes.aio.config import ConfigException
from kubernetes.aio.config.kube_config import KubeConfigLoader
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from runtime.component import ComponentError
from runtime.http.arguments import ClientArguments, TLSConfig
from runtime.kubernetes.credentials import Access
from runtime.kubernetes.source import ApiError

__all__ = ["Kubeconfig"]

_Loader: Any = KubeConfigLoader  # the package has no types here
_FRESH_SECONDS = 60.0
"""How long an access is used before tokens are looked at again; a plugin runs only when its token has expired."""


class Kubeconfig:
    """The current context's cluster and user. The file is read again when it changes, and when its credentials are refused."""

    def __init__(self, file: Path) -> None:
        """Raises `ComponentError`."""
        self._file = file
        self._stamp = _stamp(file)
        try:
            self._loader = _load(file)
        except _Unusable as error:
            raise ComponentError(str(error), "kubeconfig_file") from None
        self._access: Access | None = None
        self._until = 0.0

    async def access(self, *, refused: bool = False) -> Access:
        try:
            if refused or (stamp := _stamp(self._file)) != self._stamp:
                stamp = _stamp(self._file)
                self._loader, self._stamp, self._access = _load(self._file), stamp, None
            if self._access is None or time.monotonic() >= self._until:
                self._access = await _access(self._file, self._loader)
                self._until = time.monotonic() + _FRESH_SECONDS
        except _Unusable as error:
            raise ApiError(str(error)) from None
        return self._access


class _Unusable(Exception):  # noqa: N818
    """The text is the whole message."""


def _stamp(file: Path) -> tuple[int, int, int]:
    try:
        stat = file.stat()
    except OSError:
        return 0, 0, 0
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _load(file: Path) -> Any:
    """With the current context chosen."""
    try:
        document = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise _Unusable(f"cannot read kubeconfig `{file}`: {getattr(error, 'strerror', None) or error}") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        position = f":{mark.line + 1}:{mark.column + 1}" if mark is not None else ""
        raise _Unusable(f"kubeconfig {file}{position}: is no valid YAML: {error.problem}") from None
    except YAMLError as error:
        raise _Unusable(f"kubeconfig {file}: is no valid YAML: {error}") from None
    if not isinstance(document, dict) or "clusters" not in document:
        raise _Unusable(f"kubeconfig {file}:1:1: is no kubeconfig, it has no `clusters`")
    for key in ("clusters", "contexts", "users"):
        if not isinstance(document.get(key) or [], list):
            raise _Unusable(f"kubeconfig {file}: `{key}` must be a list")
    if not document.get("current-context"):
        raise _Unusable(
            f"kubeconfig {file}: has no `current-context`, choose one with `kubectl config use-context NAME`"
        )
    try:
        return _Loader(config_dict=document, config_base_path=str(file.resolve().parent))
    except (ConfigException, AttributeError, KeyError, TypeError) as error:
        raise _Unusable(f"kubeconfig {file}: {_reason(error)}") from None


async def _access(file: Path, loader: Any) -> Access:
    found = Configuration()
    try:
        await loader.load_and_set(found)
    except Exception as error:  # what a plugin, an identity provider or a file of a certificate does is theirs
        raise _Unusable(f"kubeconfig {file}: {_reason(error)}") from error
    token = " ".join(found.api_key.get("BearerToken", "").split())
    if not token and not found.cert_file and _has_plugin(loader):
        raise _Unusable(f"kubeconfig {file}: its exec plugin gave no credentials, run it by hand to see why")
    tls = TLSConfig(
        ca_file=found.ssl_ca_cert or "",
        cert_file=found.cert_file or "",
        key_file=found.key_file or "",
        server_name=found.tls_server_name or "",
        insecure_skip_verify=not found.verify_ssl,
    )
    client = ClientArguments(tls_config=tls, proxy_url=found.proxy or "", proxy_from_environment=not found.proxy)
    return Access(found.host.rstrip("/"), client, token)


def _has_plugin(loader: Any) -> bool:
    user = loader._user  # the package gives no other way to see which user the context has
    return user is not None and "exec" in user


def _reason(error: Exception) -> str:
    return str(error).removeprefix("Invalid kube-config file. ").replace("kube-config/", "") or type(error).__name__
