"""The `tls` block of a component's HTTP server."""

from __future__ import annotations

import ssl
from collections.abc import Iterable

import msgspec

from compiler.evaluate.types import Secret
from runtime.component import ComponentError
from runtime.http.tls import load_pair, read_pem

__all__ = ["ServerTLS", "files_of", "server_context", "validate_server_tls"]

_VERSIONS = {
    "": ssl.TLSVersion.TLSv1_2,
    "VersionTLS10": ssl.TLSVersion.TLSv1,
    "VersionTLS11": ssl.TLSVersion.TLSv1_1,
    "VersionTLS12": ssl.TLSVersion.TLSv1_2,
    "VersionTLS13": ssl.TLSVersion.TLSv1_3,
}
_CLIENTS = {
    "": ssl.CERT_NONE,
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}
"""Go also knows certificates that are asked for and not verified; OpenSSL verifies all."""


class ServerTLS(msgspec.Struct, frozen=True, kw_only=True):
    cert_pem: str = ""
    cert_file: str = ""
    key_pem: Secret = Secret("")
    key_file: str = ""
    client_auth_type: str = ""
    client_ca: str = ""
    client_ca_file: str = ""
    min_version: str = ""


def validate_server_tls(tls: ServerTLS, block: str) -> None:
    """Raises `ComponentError`."""
    written = {"cert_pem": tls.cert_pem, "key_pem": tls.key_pem.reveal(), "client_ca": tls.client_ca}
    files = {"cert_pem": "cert_file", "key_pem": "key_file", "client_ca": "client_ca_file"}
    for name, file in files.items():
        if written[name] and getattr(tls, file):
            raise ComponentError(f"`{name}` and `{file}` exclude each other, keep one", f"{block}.{file}")
    for name in ("cert_pem", "key_pem"):
        if not written[name] and not getattr(tls, files[name]):
            raise ComponentError(f"a server needs certificate and key, add `{files[name]}`", block)
    _known("client_auth_type", tls.client_auth_type, _CLIENTS, block)
    _known("min_version", tls.min_version, _VERSIONS, block)
    if bool(tls.client_ca or tls.client_ca_file) != (_CLIENTS[tls.client_auth_type] != ssl.CERT_NONE):
        raise ComponentError(
            "a CA and a `client_auth_type` that verifies clients by it need each other",
            f"{block}.{'client_auth_type' if tls.client_auth_type else 'client_ca'}",
        )


def server_context(tls: ServerTLS) -> ssl.SSLContext:
    """Reads the files that `tls` names. Raises `ComponentError`."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = _VERSIONS[tls.min_version]
    certificate, key = tls.cert_pem or read_pem(tls.cert_file, ""), tls.key_pem.reveal() or read_pem(tls.key_file, "")
    load_pair(made, certificate, key, "server's certificate", "")
    made.verify_mode = _CLIENTS[tls.client_auth_type]
    if authority := tls.client_ca or read_pem(tls.client_ca_file, ""):
        try:
            made.load_verify_locations(cadata=authority)
        except ssl.SSLError as error:
            raise ComponentError(f"the clients' CA certificate cannot be used: {error.reason or error}") from None
    return made


def files_of(tls: ServerTLS) -> tuple[str, ...]:
    return tls.cert_file, tls.key_file, tls.client_ca_file


def _known(name: str, value: str, values: Iterable[str], block: str) -> None:
    if value not in values:
        known = ", ".join(f"`{each}`" for each in values if each)
        raise ComponentError(f"`{value}` cannot be used, use one of {known}", f"{block}.{name}")
