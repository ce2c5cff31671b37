"""Known keys that change nothing: what the user wrote and the compile never read."""

from __future__ import annotations

from compiler.diagnostics import Diagnostics
from compiler.values.document import Document
from compiler.values.errors import UnusedKey
from compiler.values.presets import features
from compiler.values.tree import Entry, MapNode, Path, ScalarNode, SequenceNode, dotted, find

__all__ = ["report_unused"]


def report_unused(document: Document, diagnostics: Diagnostics) -> None:
    """One warning for the highest key under which nothing was read.

    What the user switched off on purpose (`enabled: false`, `disabled: true`) is silent.
    """
    reasons = {feature.key: f"write `presets: [{feature.name}]` to switch it on" for feature in features()}
    _walk(document.user, (), document, diagnostics, reasons)


def _walk(node: MapNode, path: Path, document: Document, diagnostics: Diagnostics, reasons: dict[str, str]) -> None:
    for key, entry in node.entries.items():
        here = (*path, key)
        if _was_read(entry, here, document.read):
            if isinstance(entry.node, MapNode) and not _switched_off(entry.node):
                _walk(entry.node, here, document, diagnostics, reasons)
        elif _is_empty(entry) or (isinstance(entry.node, MapNode) and _switched_off(entry.node)):
            continue
        else:
            reason = "" if _reads_beside(str(here[0]), document) else reasons.get(str(here[0]), "")
            diagnostics.report(UnusedKey(dotted(here), reason), entry.key_span)


def _was_read(entry: Entry, path: Path, read: set[Path]) -> bool:
    if isinstance(entry.node, MapNode):
        return any(_was_read(below, (*path, key), read) for key, below in entry.node.entries.items())
    return path in read


def _is_empty(entry: Entry) -> bool:
    """A null, an empty text and an empty list say nothing, and a map of nothing else neither."""
    match entry.node:
        case MapNode(entries=entries):
            return all(map(_is_empty, entries.values()))
        case ScalarNode(value=value):
            return value is None or value == ""
        case SequenceNode(items=items):
            return not items


def _switched_off(node: MapNode) -> bool:
    for key, off in (("enabled", False), ("disabled", True)):
        found = find(node, (key,))
        if found is not None and isinstance(found[0], ScalarNode) and found[0].value is off:
            return True
    return False


def _reads_beside(key: str, document: Document) -> bool:
    """Whether anything of the feature but the switch itself was read."""
    return any(path[0] == key and len(path) > 1 and path[1] != "enabled" for path in document.read)
