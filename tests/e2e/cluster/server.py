"""How an API server is reached: its address, its CA, the tokens of its users, kubeconfig files for them."""

from __future__ import annotations

import hashlib
import json
import secrets
from pathlib import Path

import msgspec

from tests.e2e.cluster.client import Client

__all__ = ["ADMIN", "ApiServer"]

ADMIN = "admin"


class ApiServer(msgspec.Struct, frozen=True):
    """`tokens` by user: `admin` may do everything, `alice` and `bob` nothing before a test binds them to a role.

    `folder` also holds `server.pem` and `server.key`, a certificate of this CA for 127.0.0.1.
    """

    url: str
    folder: str
    tokens: dict[str, str]

    @property
    def ca(self) -> Path:
        return Path(self.folder) / "ca.pem"

    @property
    def token(self) -> str:
        return self.tokens[ADMIN]

    def client(self, token: str | None = None) -> Client:
        """Of the admin, unless another's token is given."""
        return Client(self.url, self.ca, self.token if token is None else token)

    def kubeconfig(
        self, token: str | None = None, *, url: str = "", ca: Path | None = None, namespace: str = "default"
    ) -> Path:
        """A file for the token, the admin's unless given; `url` and `ca` for another way to the server."""
        cluster = {"server": url or self.url, "certificate-authority": str(ca or self.ca)}
        text = json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "test",
                "clusters": [{"name": "test", "cluster": cluster}],
                "users": [{"name": "test", "user": {"token": self.token if token is None else token}}],
                "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test", "namespace": namespace}}],
            },
            indent=1,
        )
        file = Path(self.folder) / f"kubeconfig-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
        # Others may be reading it.
        part = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
        part.write_text(text, encoding="utf-8")
        part.rename(file)
        return file
