"""A `tls_config` block as a Python TLS context."""

from __future__ import annotations

import os
import ssl
import tempfile
from pathlib import Path

from runtime.component import ComponentError
from runtime.http.arguments import TLSConfig

__all__ = ["context", "stamp"]

_VERSIONS = {
    "TLS10": ssl.TLSVersion.TLSv1,
    "TLS11": ssl.TLSVersion.TLSv1_1,
    "TLS12": ssl.TLSVersion.TLSv1_2,
    "TLS13": ssl.TLSVersion.TLSv1_3,
}


def context(tls: TLSConfig) -> ssl.SSLContext:
    """Reads the files that `tls` names. Raises `ComponentError`."""
    made = ssl.create_default_context()
    if tls.min_version:
        made.minimum_version = _VERSIONS[tls.min_version]
    if tls.insecure_skip_verify:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    authority = tls.ca_pem or _read(tls.ca_file, "ca_file")
    if authority:
        try:
            # Named authorities replace the system's, as in Go.
            made = _with_authority(made, authority)
        except ssl.SSLError as error:
            raise ComponentError(f"the CA certificate cannot be used: {error.reason or error}", "tls_config") from None
    certificate = tls.cert_pem or _read(tls.cert_file, "cert_file")
    key = tls.key_pem.reveal() or _read(tls.key_file, "key_file")
    if certificate:
        _load_pair(made, certificate, key)
    return made


def stamp(tls: TLSConfig) -> tuple[int, ...]:
    """Changes when a file that `tls` names was replaced."""
    times = []
    for name in (tls.ca_file, tls.cert_file, tls.key_file):
        try:
            times.append(Path(name).stat().st_mtime_ns if name else 0)
        except OSError:
            times.append(-1)
    return tuple(times)


def _with_authority(template: ssl.SSLContext, authority: str) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = template.check_hostname
    made.verify_mode = template.verify_mode
    made.minimum_version = template.minimum_version
    made.load_verify_locations(cadata=authority)
    return made


def _load_pair(made: ssl.SSLContext, certificate: str, key: str) -> None:
    """The ssl module reads certificate and key from a file only: one that nobody else can open, gone right after."""
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(f"{certificate}\n{key}\n")
        file.flush()
        try:
            made.load_cert_chain(file.name)
        except ssl.SSLError as error:
            raise ComponentError(
                f"the client certificate cannot be used: {error.reason or error}", "tls_config"
            ) from None


def _read(name: str, attribute: str) -> str:
    if not name:
        return ""
    try:
        return Path(name).read_text()
    except OSError as error:
        raise ComponentError(f"cannot read `{name}`: {error.strerror}", f"tls_config.{attribute}") from None
