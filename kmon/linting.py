"""What `kmon lint` looks at: configurations and values, by their paths."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from compiler.diagnostics import Diagnostic, Diagnostics, Source
from compiler.graph.references import traversals
from compiler.lint import Place, Selection, lint
from compiler.pipeline import Values, compile_values, lint_rendering
from compiler.syntax import parse
from compiler.syntax.tree import Attribute, File, walk

__all__ = ["Inputs", "lint_inputs", "read_inputs"]

_VALUES_SUFFIXES = (".yaml", ".yml", ".json")
_STATEMENT = re.compile(r"\s*(?:(?://[^\n]*|/\*.*?\*/)\s*)*[A-Za-z_][\w.]*\s*(?:\"[^\"\n]*\"\s*)?\{", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Inputs:
    """`configurations` are the texts that Alloy would load together; `values` what would be compiled together."""

    configurations: list[list[Source]] = field(default_factory=list)
    values: list[Values] = field(default_factory=list)


def read_inputs(paths: Sequence[str], stdin: str | None = None) -> Inputs:
    """Files, folders and `-`, whose text is `stdin`. What ends in `.yaml`, `.yml` or `.json` is a values file.

    A folder stands for all `*.alloy` at and below it. The files of one folder are one configuration, as Alloy reads them,
    when one of them refers to another; otherwise each is one of its own.
    Raises `OSError` for what cannot be read and `UnicodeDecodeError` for what is no UTF-8.
    """
    inputs = Inputs()
    for path in paths:
        if path == "-":
            source = Source("<stdin>", stdin or "")
            if _STATEMENT.match(source.text) or not source.text.strip():
                inputs.configurations.append([source])
            else:
                inputs.values.append(Values((source,)))
        elif Path(path).is_dir():
            inputs.configurations.extend(_folder(Path(path)))
        elif path.endswith(_VALUES_SUFFIXES):
            inputs.values.append(Values((_read(Path(path)),)))
        else:
            inputs.configurations.append([_read(Path(path))])
    return inputs


def lint_inputs(inputs: Inputs, place: Place, selection: Selection) -> list[Diagnostic]:
    """All findings, by file and position; `place` is where the configurations run, values say so themselves."""
    found: list[Diagnostic] = []
    for sources in inputs.configurations:
        diagnostics = Diagnostics()
        files = [parse(source, diagnostics) for source in sources]
        found += lint(files, diagnostics, place=place, selection=selection)
    for values in inputs.values:
        rendering = compile_values(values)
        found += (one for one in rendering.diagnostics if selection.wants(one.code))
        found += lint_rendering(rendering, selection)
    return sorted(dict.fromkeys(found), key=lambda one: one.sort_key)


def _read(path: Path) -> Source:
    return Source(os.path.normpath(path), path.read_bytes().decode("utf-8-sig"))


def _folder(path: Path) -> Iterator[list[Source]]:
    folders: dict[Path, list[Source]] = {}
    for file in sorted(path.rglob("*.alloy")):
        if file.is_file():
            folders.setdefault(file.parent, []).append(_read(file))
    for sources in folders.values():
        if len(sources) > 1 and _refer_to_each_other(sources):
            yield sources
        else:
            yield from ([source] for source in sources)


def _refer_to_each_other(sources: Sequence[Source]) -> bool:
    """Whether a file uses a component that only another one declares, and none is declared in two."""
    files = [parse(source, Diagnostics()) for source in sources]
    owners: dict[str, File] = {}
    for file in files:
        for block in file.body.blocks:
            if owners.setdefault(block.id, file) is not file:
                return False
    return any(_named(file, owners) - {file.source.name} for file in files)


def _named(file: File, owners: dict[str, File]) -> set[str]:
    """The names of the files whose components `file` refers to."""
    found: set[str] = set()
    for node in walk(file):
        if isinstance(node, Attribute):
            for traversal in traversals(node.value):
                for length in range(2, len(traversal.names) + 1):
                    if (owner := owners.get(".".join(traversal.names[:length]))) is not None:
                        found.add(owner.source.name)
                        break
    return found
