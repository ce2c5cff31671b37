"""`kmon graph`: the resolved graph of a configuration."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from compiler.catalog import load_catalog
from compiler.check import check_graph
from compiler.diagnostics import Diagnostics
from compiler.graph import Graph, build_graph, to_dot, to_json, to_mermaid
from compiler.graph.library import folder_of
from compiler.reporting import print_diagnostics
from compiler.syntax import parse
from kmon.cli import EXIT_CLEAN, EXIT_FAILED, EXIT_FINDINGS
from kmon.cli._shared import Community, OutputFormat, Stability, check_stability, read_source
from runtime.engine.loader import read_sources

__all__ = ["main"]


class Format(StrEnum):
    """What is printed of the graph."""

    MERMAID = "mermaid"
    DOT = "dot"
    JSON = "json"


def main(
    path: Annotated[str, typer.Argument(help="An .alloy file, a folder of them, or `-` for stdin.", metavar="PATH")],
    form: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.MERMAID,
    stability: Stability = "generally-available",
    community: Community = False,
    output_format: Annotated[
        OutputFormat, typer.Option(help="How findings are printed (to stderr).")
    ] = OutputFormat.TEXT,
) -> None:
    """Print a configuration's graph: components and what flows.

    A values file is drawn by `kmon render --format mermaid`. Exits with 0 when nothing is wrong, 1 when the
    configuration has errors, 2 when it cannot be read.

    Example: kmon graph config.alloy --format dot | dot -Tsvg > graph.svg
    """
    check_stability("graph", stability)
    diagnostics = Diagnostics()
    sources = [read_source("graph", path)] if path == "-" else read_sources(path, diagnostics)
    if diagnostics.errors:
        print_diagnostics(diagnostics, output_format.value)
        raise typer.Exit(EXIT_FAILED)
    files = [parse(source, diagnostics) for source in sources]
    if not diagnostics.errors:
        graph = build_graph(
            files,
            load_catalog(),
            diagnostics,
            stability=stability,
            community=community,
            module_path=None if path == "-" else folder_of(path),
        )
        check_graph(graph, diagnostics)
    print_diagnostics(diagnostics, output_format.value)
    if diagnostics.errors:
        raise typer.Exit(EXIT_FINDINGS)
    typer.echo(_shown(graph, form), nl=False)
    raise typer.Exit(EXIT_CLEAN)


def _shown(graph: Graph, form: Format) -> str:
    match form:
        case Format.MERMAID:
            return to_mermaid(graph)
        case Format.DOT:
            return to_dot(graph)
        case Format.JSON:
            return to_json(graph)
