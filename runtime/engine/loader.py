"""From files to a graph that this runtime can execute: read, parse, resolve, check, ask whether all of it is
supported.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from compiler.catalog import Catalog
from compiler.check import check_graph, check_library
from compiler.diagnostics import Diagnostics, Source
from compiler.graph import build_graph
from compiler.graph.library import Library
from compiler.graph.model import Graph
from compiler.graph.scope import Rules, build_library
from compiler.syntax import parse
from compiler.texts import decode, why
from runtime.engine.facts import ConfigurationUnreadable
from runtime.engine.imports import ImportExports
from runtime.engine.supported import Find, check_supported

__all__ = ["load_graph", "load_library", "read_sources", "read_text"]


def read_sources(path: str, diagnostics: Diagnostics) -> list[Source]:
    """The text of a file, or of every `*.alloy` in a folder (not below it) in the order of names.

    Sources are named as the path was typed. Without read permission, and for bytes that are not UTF-8, a finding is
    reported.
    """
    try:
        names = (
            sorted(str(file) for file in Path(path).glob("*.alloy") if file.is_file())
            if Path(path).is_dir()
            else [path]
        )
    except OSError as error:
        diagnostics.report(ConfigurationUnreadable(path, why(error)))
        return []
    return [source for name in names if (source := read_text(name, diagnostics)) is not None]


def read_text(path: str, diagnostics: Diagnostics) -> Source | None:
    """The text of one file; None, with a finding, when it cannot be read."""
    try:
        return Source(os.path.normpath(path), decode(Path(path).read_bytes(), path))
    except OSError as error:
        diagnostics.report(ConfigurationUnreadable(str(error.filename or path), why(error)))
    return None


def load_graph(
    sources: Sequence[Source],
    catalog: Catalog,
    find: Find,
    diagnostics: Diagnostics,
    *,
    stability: str,
    community: bool,
    module_path: str,
) -> Graph:
    """The graph of all sources together. Raises `DiagnosticError` when there is an error in any of them; all are
    reported.
    """
    files = [parse(source, diagnostics) for source in sources]
    diagnostics.raise_errors()
    graph = build_graph(files, catalog, diagnostics, stability=stability, community=community, module_path=module_path)
    check_graph(graph, diagnostics)
    check_supported(graph, find, diagnostics)
    diagnostics.raise_errors()
    return graph


def load_library(content: ImportExports, catalog: Catalog, *, stability: str, community: bool) -> Library:
    """What an import brings, checked. The files that it imports in turn are read when they run."""
    sources = [Source(name, text) for name, text in content.texts]
    return check_library(build_library(sources, Rules(catalog, stability, community, Diagnostics())))
