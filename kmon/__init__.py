"""kmon: Helm values in, an explicit Grafana Alloy graph out, and a thin runtime that executes it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compiler.diagnostics import Source
    from compiler.pipeline import Rendering

__all__ = ["__version__", "render"]

__version__ = "0.1.0"


def render(
    files: Sequence[Path | str | Source],
    *,
    sets: Sequence[str] = (),
    set_strings: Sequence[str] = (),
    set_files: Sequence[str] = (),
    allow_unknown: bool = False,
    namespace: str = "",
) -> Rendering:
    """Values files → one Alloy text a collector, with everything that was found about them.

    Later files win, as with Helm's `-f`; `sets`, `set_strings` and `set_files` are in the syntax of Helm's `--set…`.
    `namespace` is where Kubernetes Secrets are read whose `secret.namespace` is not written.
    Findings are in `Rendering.diagnostics`; with an error among them there are no collectors.
    Raises `OSError` for a file that cannot be read, or is not UTF-8.
    """
    from compiler.diagnostics import Source as Text  # noqa: PLC0415 - `import kmon` stays light
    from compiler.pipeline import Values, compile_values  # noqa: PLC0415

    sources = tuple(file if isinstance(file, Text) else _read(Path(file)) for file in files)
    values = Values(sources, tuple(sets), tuple(set_strings), tuple(set_files))
    return compile_values(values, allow_unknown=allow_unknown, namespace=namespace)


def _read(path: Path) -> Source:
    from compiler.diagnostics import Source as Text  # noqa: PLC0415
    from compiler.texts import read_text  # noqa: PLC0415

    return Text(str(path), read_text(path))
