"""Keys and certificates of one cluster, made by openssl: a CA, what it signs, and the key of service-account tokens."""

from __future__ import annotations

import base64
import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ISSUER", "Certificates"]

ISSUER = "https://kubernetes.default.svc"
_DAYS, _LEEWAY = "2", 60
"""Seconds for which the API server goes on taking a token that ended, against clocks that differ."""
_EXTENSIONS = """[req]
distinguished_name = name
x509_extensions = extensions
[name]
[extensions]
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""
_CA = "basicConstraints = critical, CA:true\nkeyUsage = critical, keyCertSign, cRLSign\n"
_LEAF = """basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = IP:127.0.0.1, DNS:localhost, DNS:kubernetes.default.svc
"""


@dataclass(frozen=True, slots=True)
class Certificates:
    """`X.pem` and `X.key` in `folder`: `ca`, `server` (both ends of 127.0.0.1), `kubelet-client`; `accounts.key` signs tokens."""

    folder: Path
    openssl: str

    def make(self) -> None:
        self._certificate("ca", "/CN=kmon test CA", _CA)
        self._certificate("server", "/CN=127.0.0.1", _LEAF, "ca")
        self._certificate("kubelet-client", "/O=system:masters/CN=kube-apiserver", _LEAF, "ca")
        self._run(
            "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self.folder / "accounts.key"
        )

    def stranger(self) -> Path:
        """A CA that signed nothing here, for tests that trust the wrong one."""
        self._certificate("stranger", "/CN=stranger", _CA)
        return self.folder / "stranger.pem"

    def account_token(self, namespace: str, name: str, uid: str, seconds: float) -> str:
        """A token of a service account that ends sooner than the ten minutes which TokenRequest grants at least."""
        end = int(time.time() + seconds) - _LEEWAY
        account = {"namespace": namespace, "serviceaccount": {"name": name, "uid": uid}}
        claims = {
            "iss": ISSUER,
            "aud": [ISSUER],
            "sub": f"system:serviceaccount:{namespace}:{name}",
            "iat": end - 3600,
            "nbf": end - 3600,
            "exp": end,
            "kubernetes.io": account,
        }
        body = f"{_encoded({'alg': 'RS256', 'typ': 'JWT'})}.{_encoded(claims)}"
        signature = self._run("dgst", "-sha256", "-sign", self.folder / "accounts.key", text=body)
        return f"{body}.{_base64(signature)}"

    def _certificate(self, name: str, subject: str, extensions: str, signer: str = "") -> None:
        key, certificate = self.folder / f"{name}.key", self.folder / f"{name}.pem"
        words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", _DAYS]
        words += ["-config", "/dev/stdin", "-subj", subject]
        if signer:
            words += ["-CA", f"{self.folder}/{signer}.pem", "-CAkey", f"{self.folder}/{signer}.key"]
        self._run(*words, "-keyout", key, "-out", certificate, text=_EXTENSIONS + extensions)

    def _run(self, *words: str | Path, text: str = "") -> bytes:
        return subprocess.run([self.openssl, *words], input=text.encode(), capture_output=True, check=True).stdout


def _encoded(value: object) -> str:
    return _base64(json.dumps(value).encode())


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
