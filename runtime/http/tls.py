"""A `tls_config` block as a Python TLS context."""

from __future__ import annotations

import os
import ssl
import tempfile
from pathlib import Path

from runtime.component import ComponentError
from runtime.http.arguments import TLSConfig

__all__ = ["context", "file_stamp", "load_pair", "read_pem", "stamp"]

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
    authority = tls.ca_pem or read_pem(tls.ca_file, "tls_config.ca_file")
    if tls.ca_file and not authority.strip():
        raise ComponentError(f"`{tls.ca_file}` is empty, it should hold a CA certificate", "tls_config.ca_file")
    if authority:
        try:
            # Named authorities replace the system's, as in Go.
            made = _with_authority(made, authority)
        except ssl.SSLError as error:
            where = tls.ca_file or "tls_config.ca_pem"
            raise ComponentError(
                f"the CA certificate in `{where}` cannot be used: {error.reason or error}", "tls_config"
            ) from None
    certificate = tls.cert_pem or read_pem(tls.cert_file, "tls_config.cert_file")
    key = tls.key_pem.reveal() or read_pem(tls.key_file, "tls_config.key_file")
    if certificate:
        load_pair(made, certificate, key, "client certificate", "tls_config")
    return made


def stamp(tls: TLSConfig) -> tuple[int, ...]:
    """Changes when a file that `tls` names was replaced."""
    return file_stamp(tls.ca_file, tls.cert_file, tls.key_file)


def file_stamp(*files: str) -> tuple[int, ...]:
    """Changes when one of the files was replaced; an empty name is no file."""
    times = []
    for name in files:
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


def load_pair(made: ssl.SSLContext, certificate: str, key: str, what: str, attribute: str) -> None:
    """`what` and `attribute` are for the `ComponentError` that this raises.

    The ssl module reads certificate and key from a file only: one that nobody else can open, gone right after.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(f"{certificate}\n{key}\n")
        file.flush()
        try:
            made.load_cert_chain(file.name)
        except ssl.SSLError as error:
            raise ComponentError(f"the {what} cannot be used: {error.reason or error}", attribute) from None


def read_pem(name: str, attribute: str) -> str:
    """The text of a file, empty without a name. Raises `ComponentError`."""
    if not name:
        return ""
    try:
        return Path(name).read_text()
    except OSError as error:
        raise ComponentError(f"cannot read `{name}`: {error.strerror}", attribute) from None
