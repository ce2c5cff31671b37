"""`kmon presets`: what can be switched on."""

from __future__ import annotations

import typer

from kmon.cli._parsers import near
from kmon.cli._shared import fail

__all__ = ["main"]


def main(
    name: str = typer.Argument("", help="Show the page of one preset or destination type.", metavar="NAME"),
) -> None:
    """List presets and destination types, or show the page of one.

    Example: kmon presets pod-logs
    """
    from compiler.values import presets  # noqa: PLC0415 - the help text needs none of it

    folders = {feature.name: feature.folder for feature in presets.features()}
    folders |= {kind: presets.destination_type(kind).folder for kind in presets.destination_type_names()}
    if name in folders:
        typer.echo((folders[name] / "README.md").read_text(encoding="utf-8"), nl=False)
        return
    if name:
        fail(
            "presets",
            f"there is no preset or destination type `{name}` among {', '.join(sorted(folders))}{near(name, folders)}",
        )
    typer.echo("presets")
    for feature in presets.features():
        typer.echo(f"  {feature.name:<22} {feature.summary}")
    typer.echo("destination types")
    for kind in presets.destination_type_names():
        typer.echo(f"  {kind:<22} {presets.destination_type(kind).summary}")
    typer.echo("collector presets")
    for preset in presets.collector_preset_names():
        typer.echo(f"  {preset:<22} {presets.collector_preset(preset).title}")
