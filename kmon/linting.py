"""What `kmon lint` looks at: configurations and values, by their paths."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from compiler.catalog import load_catalog
from compiler.deploy.access import account_name
from compiler.deploy.permissions import Permission, permissions
from compiler.deployment import workload_of
from compiler.diagnostics import Diagnostic, Diagnostics, Source
from compiler.graph import build_graph
from compiler.graph.references import traversals
from compiler.lint import Cluster, Place, Selection, lint
from compiler.lint.fix import fixed
from compiler.lint.ignore import Ignore, silence
from compiler.linting import lint_rendering
from compiler.pipeline import Rendering, Values, compile_values
from compiler.syntax import parse
from compiler.syntax.tree import Attribute, File, walk
from compiler.texts import decode
from compiler.values.ignore import ignores_of
from kmon.files import replace_text

__all__ = ["Inputs", "Overlay", "fix_inputs", "lint_inputs", "lint_values", "read_inputs"]

_VALUES_SUFFIXES = (".yaml", ".yml", ".json")
_STATEMENT = re.compile(r"\s*(?:(?://[^\n]*|/\*.*?\*/)\s*)*[A-Za-z_][\w.]*\s*(?:\"[^\"\n]*\"\s*)?\{", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Inputs:
    """`configurations` are the texts that Alloy would load together; `values` what would be compiled together."""

    configurations: list[list[Source]] = field(default_factory=list)
    values: list[Values] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Overlay:
    """What is laid upon every values file: further files (`-f`), and the assignments of `--set` and its like."""

    files: Sequence[str] = ()
    sets: Sequence[str] = ()
    set_strings: Sequence[str] = ()
    set_files: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.files or self.sets or self.set_strings or self.set_files)


def read_inputs(paths: Sequence[str], stdin: str | None = None, overlay: Overlay | None = None) -> Inputs:
    """Files, folders and `-`, whose text is `stdin`. What ends in `.yaml`, `.yml` or `.json` is a values file.

    A folder stands for all `*.alloy` at and below it. The files of one folder are one configuration, as Alloy reads them,
    when one of them refers to another; otherwise each is one of its own. A file that is named twice is read once. Where no
    path is values, the overlay is, by itself.
    Raises `OSError` for what cannot be read, or is not UTF-8.
    """
    overlay = overlay or Overlay()
    configurations: list[list[Source]] = []
    bases: list[tuple[Source, ...]] = []
    for path in paths:
        if path == "-":
            source = Source("<stdin>", stdin or "")
            if _STATEMENT.match(source.text) or not source.text.strip():
                configurations.append([source])
            else:
                bases.append((source,))
        elif Path(path).is_dir():
            configurations.extend(_folder(Path(path)))
        elif path.endswith(_VALUES_SUFFIXES):
            bases.append((_read(Path(path)),))
        else:
            configurations.append([_read(Path(path))])
    if overlay and not bases:
        bases.append(())
    over = tuple(_named(path, stdin) for path in overlay.files)
    values = [Values((*base, *over), overlay.sets, overlay.set_strings, overlay.set_files) for base in bases]
    return Inputs(_once(configurations), values)


def fix_inputs(
    inputs: Inputs, place: Place, wanted: Callable[[Iterable[Diagnostic]], Iterable[Diagnostic]]
) -> tuple[Inputs, list[Diagnostic]]:
    """The configurations mended and written, and what was mended in them; values stay as they are.

    `wanted` chooses among all findings. Raises `OSError` for what cannot be written.
    """
    configurations: list[list[Source]] = []
    mended: list[Diagnostic] = []
    for sources in inputs.configurations:
        after, found = fixed(sources, place, wanted)
        for old, new in zip(sources, after, strict=True):
            if new is not old:
                replace_text(Path(new.name), new.text)
        configurations.append(after)
        mended += found
    return Inputs(configurations, inputs.values), mended


def lint_inputs(inputs: Inputs, place: Place, selection: Selection) -> list[Diagnostic]:
    """All findings, by file and position; `place` is where the configurations run, values say so themselves."""
    found: list[Diagnostic] = []
    renderings = [compile_values(values) for values in inputs.values]
    if place.cluster.granted is not None:
        place = replace(place, cluster=replace(place.cluster, needed=_needed(inputs.configurations, renderings)))
    for sources in inputs.configurations:
        diagnostics = Diagnostics()
        files = [parse(source, diagnostics) for source in sources]
        found += lint(files, diagnostics, place=place, selection=selection)
    for values, rendering in zip(inputs.values, renderings, strict=True):
        found += lint_values(values, rendering, selection, place.cluster)
    return sorted(dict.fromkeys(found), key=lambda one: one.sort_key)


def _needed(
    configurations: Iterable[list[Source]], renderings: Iterable[Rendering]
) -> Mapping[str, frozenset[Permission]] | None:
    """What all of them ask the API server for, by service account; None when one is broken, so that nobody knows."""
    needed: dict[str, set[Permission]] = defaultdict(set)
    for sources in configurations:
        diagnostics = Diagnostics()
        files = [parse(source, diagnostics) for source in sources]
        graph = build_graph(files, load_catalog(), diagnostics, stability="experimental", community=True)
        if diagnostics.errors:
            return None
        needed[""].update(permissions(graph))
    for rendering in renderings:
        if rendering.diagnostics.errors:
            return None
        for collector in rendering.collectors:
            needed[account_name(workload_of(collector, rendering))].update(permissions(collector.graph))
    return {account: frozenset(some) for account, some in needed.items()}


def lint_values(
    values: Values, rendering: Rendering, selection: Selection, cluster: Cluster | None = None
) -> list[Diagnostic]:
    """What was found about `values`, which were compiled to `rendering`, and about its texts."""
    found = [one for one in rendering.diagnostics if selection.wants(one.code)]
    if rendering.diagnostics.errors:
        # Nothing was rendered, so that what a comment ignores may only not have been looked for.
        return found
    ill = Diagnostics()
    ignores: list[Ignore] = [ignore for source in values.files for ignore in ignores_of(source, ill)]
    found += [*lint_rendering(rendering, selection, cluster), *(one for one in ill if selection.wants(one.code))]
    # Only configurations are mended.
    return [replace(one, fix=()) for one in silence(found, ignores, selection.wants)]


def _named(path: str, stdin: str | None) -> Source:
    return Source("<stdin>", stdin or "") if path == "-" else _read(Path(path))


def _once(configurations: list[list[Source]]) -> list[list[Source]]:
    """Without those all of whose files stand in others."""
    seen: set[str] = set()
    kept: list[list[Source]] = []
    for sources in sorted(configurations, key=len, reverse=True):
        names = {source.name for source in sources}
        if not names <= seen:
            kept.append(sources)
            seen |= names
    return kept


def _read(path: Path) -> Source:
    return Source(os.path.normpath(path), decode(path.read_bytes(), os.path.normpath(path)))


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
    return any(_owners(file, owners) - {file.source.name} for file in files)


def _owners(file: File, owners: dict[str, File]) -> set[str]:
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
