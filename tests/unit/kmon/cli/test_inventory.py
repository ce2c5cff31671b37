"""`kmon inventory` from outside; what it records of a real cluster is tested in `tests/e2e/cluster`."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from kmon.cli import app
from kmon.linting import read_inputs
from kmon.recording import Wanted, connection, recorded, wanted_by
from runtime.kubernetes.objects import Endpoints, Event, Node, Pod, Secret, Service
from runtime.kubernetes.source import ApiError

CONFIG = """
discovery.kubernetes "e" {
  role            = "endpoints"
  kubeconfig_file = "somewhere"
  attach_metadata {
    node = true
  }
}
declare "m" {
  remote.kubernetes.secret "s" {
    namespace = "n"
    name      = "s"
  }
}
"""


def run(*arguments: str, **environment: str) -> tuple[int, str, str]:
    env = {"NO_COLOR": "1", "KUBECONFIG": "", "HOME": "/nonexistent", "KUBERNETES_SERVICE_HOST": "", **environment}
    result = CliRunner().invoke(app, ["inventory", *arguments], env=env)
    return result.exit_code, result.stdout, result.stderr


def test_what_is_wanted_is_what_the_components_read(tmp_path: Path) -> None:
    file = tmp_path / "c.alloy"
    file.write_text(CONFIG)
    wanted, unknown, diagnostics = wanted_by(read_inputs([str(file)]))
    assert {one.kind: one.names for one in wanted} == {
        Endpoints: None, Service: None, Pod: None, Node: None, Secret: {("n", "s")},
    }  # fmt: skip
    file.write_text(CONFIG.replace('"s"\n', 'sys.env("NAME")\n'))
    by_variable, _, _ = wanted_by(read_inputs([str(file)]))
    assert Wanted(Secret) in by_variable
    assert not unknown
    assert not diagnostics.errors


def test_values_need_what_their_collectors_read(tmp_path: Path) -> None:
    file = tmp_path / "values.yaml"
    file.write_text(
        "cluster: {name: c}\npresets: [pod-logs, cluster-events]\n"
        "destinations:\n  l: {type: loki, url: https://l.example/loki/api/v1/push}\n"
    )
    wanted, _, diagnostics = wanted_by(read_inputs([str(file)]))
    assert not diagnostics.errors
    assert {Wanted(Pod), Wanted(Event)} <= set(wanted)


def test_what_cannot_work_is_told(tmp_path: Path) -> None:
    file = tmp_path / "c.alloy"
    file.write_text('loki.echo "e" { }\n')
    assert run(str(file))[::2] == (2, f"kmon inventory: nothing in {file} reads Kubernetes objects\n")
    file.write_text('loki.echo "e" {\n')
    code, out, errors = run(str(file))
    assert (code, out) == (2, "")
    assert "c.alloy:" in errors
    assert run()[2] == "kmon inventory: there is no kubeconfig: give one with `--kubeconfig FILE`\n"
    assert "KUBECONFIG names several files" in run(KUBECONFIG="one:other")[2]
    (tmp_path / "kubeconfig").write_text("a: [")
    assert "kubeconfig:1:5: is no valid YAML" in run(KUBECONFIG=str(tmp_path / "kubeconfig"))[2]


def test_the_cluster_is_found_as_kubectl_finds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    assert connection("").kubeconfig_file == ""
    home = tmp_path / ".kube" / "config"
    home.parent.mkdir()
    home.touch()
    assert connection("").kubeconfig_file == str(home)
    monkeypatch.setenv("KUBECONFIG", ":one")
    assert connection("").kubeconfig_file == "one"
    assert connection("given").kubeconfig_file == "given"


class Source:
    """Answers with what each path holds, a page at a time."""

    def __init__(self, **paths: list[dict[str, Any]]) -> None:
        self._paths = paths

    @asynccontextmanager
    async def request(self, path: str, query: Mapping[str, str] | None = None) -> AsyncIterator[Any]:
        plural, at = path.rpartition("/")[2], int((query or {}).get("continue", 0))
        if plural not in self._paths:
            raise ApiError(f"cannot list {plural}: forbidden", 403)
        items = self._paths[plural]
        more = str(at + 1) if at + 1 < len(items) else ""
        body = msgspec.json.encode({"metadata": {"continue": more}, "items": items[at : at + 1]})

        class Answer:
            async def read(self) -> bytes:
                return body

        yield Answer()


async def test_secrets_and_what_nobody_reads_are_left_out_and_a_refused_kind_stops_no_other() -> None:
    last = "kubectl.kubernetes.io/last-applied-configuration"
    hidden = base64.b64encode(b"hush").decode()
    source: Any = Source(
        secrets=[
            {"metadata": {"name": "s", "namespace": "n", "annotations": {"other": "hush"}}, "data": {"k": hidden}}
        ],
        pods=[
            {
                "metadata": {"name": name, "annotations": {last: "hush"}},
                "spec": {"containers": [{"name": "c", "env": "hush"}]},
            }
            for name in ("a", "b")
        ],
    )
    problems: list[str] = []
    found = [one async for one in recorded(source, [Wanted(kind) for kind in (Secret, Node, Pod)], (), problems.append)]
    assert problems == ["cannot list nodes: forbidden"]
    assert [(one["kind"], one["metadata"]["name"]) for one in found] == [("Secret", "s"), ("Pod", "a"), ("Pod", "b")]
    assert "hush" not in str(found)
    assert hidden not in str(found)
    assert base64.b64decode(found[0]["data"]["k"]) == b"<redacted>"
    assert found[1]["metadata"]["annotations"] == {last: "<redacted>"}


async def test_a_namespace_that_does_not_exist_is_told() -> None:
    class Cluster(Source):
        @asynccontextmanager
        async def request(self, path: str, query: Mapping[str, str] | None = None) -> AsyncIterator[Any]:
            if path == "/api/v1/namespaces/gone":
                raise ApiError("there is none of that name", 404)
            async with super().request(path, query) as answer:
                yield answer

    problems: list[str] = []
    source: Any = Cluster(pods=[], kept=[])
    assert not [one async for one in recorded(source, [Wanted(Pod)], ["gone", "kept"], problems.append)]
    assert problems == ["there is no namespace `gone`"]
