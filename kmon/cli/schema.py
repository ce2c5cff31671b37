"""`kmon schema`: the schema of values."""

from __future__ import annotations

import json

import typer

__all__ = ["main"]


def main() -> None:
    """Print the JSON Schema of values, for editors.

    With `# yaml-language-server: $schema=values.schema.json` above the values an editor knows their keys.

    Example: kmon schema > values.schema.json
    """
    from compiler.values.schema import load_schema  # noqa: PLC0415 - the help text needs none of it

    typer.echo(json.dumps(load_schema(), indent=2, ensure_ascii=False))
