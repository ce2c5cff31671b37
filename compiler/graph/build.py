"""Files to the resolved graph."""

from __future__ import annotations

from collections.abc import Sequence

from compiler.catalog import Catalog
from compiler.diagnostics import Diagnostics
from compiler.graph.model import Graph
from compiler.graph.scope import STABILITY_LEVELS, Place, Rules, Scope
from compiler.syntax.tree import File

__all__ = ["STABILITY_LEVELS", "build_graph"]


def build_graph(
    files: Sequence[File],
    catalog: Catalog,
    diagnostics: Diagnostics,
    *,
    stability: str = "generally-available",
    community: bool = False,
    module_path: str | None = None,
) -> Graph:
    """The graph of all `files` together, as of one text. What is wrong is reported; the graph holds what was resolved.

    `stability` is the lowest level that is allowed, `community` allows community components: Alloy's flags of these
    names. `module_path` is the folder of the configuration; with it, files that are imported by a constant name are
    read, without it their content counts as unknown. Raises `ValueError` for a level that is none of
    `STABILITY_LEVELS`.
    """
    if stability not in STABILITY_LEVELS:
        raise ValueError(f"`{stability}` is no stability level")
    statements = [statement for file in files for statement in file.body.statements]
    rules = Rules(catalog, stability, community, diagnostics, module_path)
    return Scope(statements, rules, Place.FILE).graph()
