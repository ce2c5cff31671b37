"""`kmon inventory`: a cluster's objects in a file."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated, TextIO

import msgspec
import typer

from compiler.reporting import print_diagnostics
from kmon.cli import EXIT_CLEAN, EXIT_FAILED, EXIT_FINDINGS
from kmon.cli._parsers import pathname
from kmon.cli._shared import fail, read_stdin, unreadable
from kmon.linting import Inputs, read_inputs
from kmon.recording import DEFAULT, Wanted, connection, recorded, wanted_by
from runtime.component import ComponentError
from runtime.kubernetes.cluster import Clusters
from runtime.kubernetes.source import ObjectSource

__all__ = ["main"]


def main(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            help="Configurations or values: record what they need. Default: what discovery reads.",
            metavar="PATH",
            parser=pathname,
        ),
    ] = None,
    kubeconfig: Annotated[
        str, typer.Option(help="Which cluster; else $KUBECONFIG, ~/.kube/config, or the pod's own.", metavar="FILE")
    ] = "",
    namespaces: Annotated[
        list[str] | None,
        typer.Option("-n", "--namespace", help="Only objects of this namespace; repeatable.", metavar="NAME"),
    ] = None,
) -> None:
    """Record a cluster's objects, to run or try things without it.

    Prints what `kmon run --inventory` reads: YAML (each object in JSON on a line of its own) with the fields that components read.
    Values of secrets are left out, and so is everything that kmon does not read. Of secrets and config maps that a configuration
    names, only those are recorded. Exits with 1 when objects could not be recorded, which is said on stderr; the others are there.

    Example: kmon inventory values.yaml > objects.yaml
    """
    wanted = _wanted(paths) if paths else DEFAULT
    if not wanted:
        fail("inventory", f"nothing in {', '.join(paths or ())} reads Kubernetes objects")
    problems: list[str] = []

    async def run() -> None:
        # The connection belongs to the loop that is running.
        await _write(Clusters().connect(connection(kubeconfig)), wanted, namespaces or [], problems, sys.stdout)

    try:
        asyncio.run(run())
    except ComponentError as error:
        fail("inventory", str(error))
    for problem in problems:
        typer.echo(f"kmon inventory: {problem}", err=True)
    raise typer.Exit(EXIT_FINDINGS if problems else EXIT_CLEAN)


def _wanted(paths: list[str]) -> tuple[Wanted, ...]:
    wanted, unknown, diagnostics = wanted_by(_read(paths))
    if diagnostics.errors:
        print_diagnostics(diagnostics, "text")
        raise typer.Exit(EXIT_FAILED)
    for resource in unknown:
        typer.echo(f"kmon inventory: `{resource}` is not recorded, an inventory has no such objects", err=True)
    return wanted


def _read(paths: list[str]) -> Inputs:
    try:
        return read_inputs(paths, read_stdin() if "-" in paths else None)
    except OSError as error:
        fail("inventory", unreadable(error))


async def _write(
    source: ObjectSource,
    wanted: tuple[Wanted, ...],
    namespaces: list[str],
    problems: list[str],
    out: TextIO,
) -> None:
    """One list, an object on a line: it is read by YAML and JSON alike, and compared by line."""
    out.write('{"apiVersion": "v1", "kind": "List", "items": [')
    separator = "\n"
    async for item in recorded(source, wanted, namespaces, problems.append):
        out.write(separator + msgspec.json.encode(item).decode())
        separator = ",\n"
    out.write("\n]}\n")
