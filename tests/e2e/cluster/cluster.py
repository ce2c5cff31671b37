"""A cluster without nodes and controllers: etcd and kube-apiserver on loopback, RBAC on.

    python -m tests.e2e.cluster.cluster     one to try things out on, until Ctrl-C

Both processes end with the thread that started them, however it ends.
"""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Self

from tests.conformance.agent import free_ports
from tests.e2e.cluster.binaries import Programs, programs
from tests.e2e.cluster.certificates import ISSUER, Certificates
from tests.e2e.cluster.client import ApiError
from tests.e2e.cluster.server import ADMIN, ApiServer

__all__ = ["Cluster", "ClusterError"]

_USERS = {ADMIN: "system:masters", "alice": "", "bob": ""}
_START_SECONDS = 90.0


class ClusterError(Exception):
    """A process of the cluster ended or did not become ready; the text holds the end of its log."""


class Cluster:
    """Everything lies in `folder`. `api_server` is how it is reached; its address stays when it is restarted."""

    def __init__(self, folder: Path, found: Programs | None = None) -> None:
        self._programs = found or programs()
        self._folder = folder
        self._ports = free_ports(3)
        self._etcd: subprocess.Popen[bytes] | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._tokens = {user: f"{user}-token" for user in _USERS}
        self.certificates = Certificates(folder, self._programs.openssl)
        self.api_server = ApiServer(f"https://127.0.0.1:{self._ports[0]}", str(folder), dict(self._tokens))

    def __enter__(self) -> Self:
        """Raises `ClusterError`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self.certificates.make()
        self._write_tokens()
        self._start_etcd()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        _end(self._etcd)

    def start(self) -> None:
        """The API server, on the address it had. Raises `ClusterError`."""
        folder, port = self._folder, self._ports[0]
        self._server = self._process(
            self._programs.kube_apiserver,
            f"--etcd-servers={self._etcd_url}",
            "--etcd-compaction-interval=0",
            "--bind-address=127.0.0.1",
            f"--secure-port={port}",
            "--advertise-address=192.0.2.1",  # loopback is refused; nobody goes there
            "--endpoint-reconciler-type=none",
            "--service-cluster-ip-range=10.0.0.0/24",
            "--authorization-mode=RBAC",
            f"--token-auth-file={folder}/tokens.csv",
            f"--client-ca-file={folder}/ca.pem",
            f"--tls-cert-file={folder}/server.pem",
            f"--tls-private-key-file={folder}/server.key",
            f"--service-account-issuer={ISSUER}",
            f"--service-account-key-file={folder}/accounts.key",
            f"--service-account-signing-key-file={folder}/accounts.key",
            f"--kubelet-certificate-authority={folder}/ca.pem",
            f"--kubelet-client-certificate={folder}/kubelet-client.pem",
            f"--kubelet-client-key={folder}/kubelet-client.key",
            "--kubelet-preferred-address-types=InternalIP",
            # No controller makes a namespace's default service account, which this plugin wants for each pod.
            "--disable-admission-plugins=ServiceAccount",
        )
        self._until_ready()

    def kill(self) -> None:
        """The API server goes away as in a crash: connections end, later ones are refused."""
        _end(self._server)

    def restart(self) -> None:
        self.kill()
        self.start()

    def compact(self) -> None:
        """Forgets all history: whoever resumes from an older resource version gets 410. Restarts the API server, whose
        memory of recent events would answer otherwise."""
        self.kill()
        revision = self._etcd_call("range", {"key": base64.b64encode(b"/").decode()})["header"]["revision"]
        self._etcd_call("compaction", {"revision": revision, "physical": True})
        self.start()

    def replace_tokens(self) -> None:
        """The users' tokens end and they have new ones in `api_server`; the API server restarts, as it reads them then."""
        generation = time.monotonic_ns()
        self._tokens = {user: f"{user}-token-{generation}" for user in _USERS}
        self.api_server.tokens.update(self._tokens)
        self._write_tokens()
        self.restart()

    @property
    def _etcd_url(self) -> str:
        return f"http://127.0.0.1:{self._ports[1]}"

    def _write_tokens(self) -> None:
        lines = [f'{token},{user},{user},"{_USERS[user]}"\n' for user, token in self._tokens.items()]
        (self._folder / "tokens.csv").write_text("".join(lines), encoding="utf-8")

    def _start_etcd(self) -> None:
        peers = f"http://127.0.0.1:{self._ports[2]}"
        self._etcd = self._process(
            self._programs.etcd,
            f"--data-dir={self._folder}/etcd",
            f"--listen-client-urls={self._etcd_url}",
            f"--advertise-client-urls={self._etcd_url}",
            f"--listen-peer-urls={peers}",
            f"--initial-advertise-peer-urls={peers}",
            f"--initial-cluster=default={peers}",
        )

    def _process(self, *command: str) -> subprocess.Popen[bytes]:
        name = Path(command[0]).name
        with (self._folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [self._programs.setpriv, "--pdeathsig", "KILL", *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                start_new_session=True,
            )

    def _until_ready(self) -> None:
        client, deadline = self.api_server.client(), time.monotonic() + _START_SECONDS
        while True:
            for process in (self._etcd, self._server):
                if process is not None and process.poll() is not None:
                    raise ClusterError(f"{process.args!r} ended with {process.returncode}:\n{self._logs()}")
            with contextlib.suppress(ApiError, ConnectionError):
                client.request("GET", "/readyz")
                return
            if time.monotonic() > deadline:
                raise ClusterError(f"no API server after {_START_SECONDS:.0f} seconds:\n{self._logs()}")
            time.sleep(0.05)

    def _logs(self) -> str:
        return "\n".join(file.read_text(errors="replace")[-2000:] for file in sorted(self._folder.glob("*.log")))

    def _etcd_call(self, what: str, body: object) -> dict[str, dict[str, str]]:
        """By etcd's JSON gateway."""
        request = urllib.request.Request(f"{self._etcd_url}/v3/kv/{what}", json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            found: dict[str, dict[str, str]] = json.load(answer)
            return found


def _end(process: subprocess.Popen[bytes] | None) -> None:
    if process is not None and process.poll() is None:
        process.kill()
        process.wait()


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="kmon-cluster-") as folder, Cluster(Path(folder)) as cluster:
        print(f"export KUBECONFIG={cluster.api_server.kubeconfig()}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)


if __name__ == "__main__":
    main()
