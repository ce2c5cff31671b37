"""Whose image executes a graph, and how it is started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from compiler.deploy.settings import ImageSettings

__all__ = ["RELOADER", "RUNTIMES", "Runtime", "image_name"]


@dataclass(frozen=True, slots=True)
class Runtime:
    """`user` is the id that the process has when it needs no files of root. `flags` come behind those of Alloy that both
    take. `clusters` says whether several of its processes share their work."""

    image: ImageSettings
    user: int
    config_folder: str
    storage_path: str
    flags: tuple[str, ...]
    clusters: bool


RUNTIMES: Mapping[str, Runtime] = {
    "kmon": Runtime(ImageSettings(repository="kmon", tag="0.1.0"), 65532, "/etc/kmon", "/var/lib/kmon", (), False),
    "alloy": Runtime(
        ImageSettings("docker.io", "grafana/alloy", "v1.18.0"),
        473,
        "/etc/alloy",
        "/var/lib/alloy",
        ("--disable-reporting=true",),
        True,
    ),
}
RELOADER = ImageSettings("quay.io", "prometheus-operator/prometheus-config-reloader", "v0.91.0")


def image_name(given: ImageSettings, default: ImageSettings) -> str:
    """`registry/repository:tag`, or with `@` and a digest, which wins over a tag."""
    repository = given.repository or default.repository
    registry = given.registry or ("" if given.repository else default.registry)
    name = f"{registry}/{repository}" if registry else repository
    if given.digest:
        return f"{name}@{given.digest if ':' in given.digest else f'sha256:{given.digest}'}"
    return f"{name}:{given.tag or default.tag}"
