"""Alloy text inside values: parsed where it stands, so that a mistake in it points into the values file."""

from __future__ import annotations

import re
from dataclasses import replace

from compiler.diagnostics import Diagnostic, Diagnostics, Note, Source, Span
from compiler.expand.printing import Line
from compiler.syntax import parse, parse_expression
from compiler.values.document import Document, Origin, Setting
from compiler.values.errors import TemplatedSnippet
from compiler.values.schema import destination_kinds, subschema
from compiler.values.tree import Path, ScalarNode, dotted, walk

__all__ = ["check_snippets", "snippet_lines"]

_TEMPLATED = re.compile(r"\{\{-?\s*(\.Values|\.Release|\.Chart|include|tpl)\b")


def check_snippets(document: Document, diagnostics: Diagnostics) -> None:
    """Parses every Alloy text and expression that the user wrote; the schema's `format` says which keys hold them."""
    kinds = destination_kinds(document.user)
    for path, node, _ in walk(document.user):
        if not isinstance(node, ScalarNode) or not isinstance(node.value, str) or not node.value:
            continue
        form = (subschema(path, kinds) or {}).get("format")
        if form in ("alloy-body", "alloy-file", "alloy-expression"):
            _check(path, node, form, diagnostics)


def _check(path: Path, node: ScalarNode, form: str, diagnostics: Diagnostics) -> None:
    text = str(node.value)
    if _TEMPLATED.search(text):
        diagnostics.report(TemplatedSnippet(dotted(path)), node.span)
    region = _region(node)
    masked = _masked(node.span.source, region) if region else None
    source = masked or Source(dotted(path), text)
    found = Diagnostics()
    if form == "alloy-expression":
        parse_expression(source, found)
    else:
        parse(source, found)
    diagnostics.extend(_relocated(diagnostic, node, masked is not None) for diagnostic in found)


def _relocated(diagnostic: Diagnostic, node: ScalarNode, in_place: bool) -> Diagnostic:
    """Back into the values file: by offset when the text was parsed in its place, else at the value as a whole."""
    if diagnostic.span is None:
        return replace(diagnostic, span=node.span)
    if in_place:
        span = Span(node.span.source, diagnostic.span.start, diagnostic.span.end)
        notes = [
            replace(note, span=note.span and Span(node.span.source, note.span.start, note.span.end))
            for note in diagnostic.notes
        ]
        return replace(diagnostic, span=span, notes=tuple(notes))
    line, column = diagnostic.span.position
    return replace(diagnostic, span=node.span, notes=(Note(f"line {line}, column {column} of the text"),))


def _region(node: ScalarNode) -> tuple[int, int] | None:
    """Where the text stands in its file character by character, or None when YAML transforms it (escapes, folding)."""
    text, start, end = node.span.source.text, node.span.start, node.span.end
    value = str(node.value)
    match node.style:
        case "|":
            start = text.find("\n", start, end) + 1
            written = [line.strip() for line in text[start:end].rstrip().splitlines()]
            return (start, end) if start and written == [line.strip() for line in value.rstrip().splitlines()] else None
        case "'" | '"' if text[start + 1 : end - 1] == value:
            return start + 1, end - 1
        case _:
            return (start, end) if text[start:end] == value else None


def _masked(source: Source, region: tuple[int, int]) -> Source:
    """The file with everything outside `region` blanked, so that offsets and lines in it are those of the file."""
    start, end = region
    before = re.sub(r"[^\n]", " ", source.text[:start])
    return Source(source.name, before + source.text[start:end].rstrip())


def snippet_lines(setting: Setting) -> tuple[Line, ...]:
    """The text's lines; those of a literal block (`|`) each know their own place."""
    text = str(setting.value or "").rstrip()
    if not text.strip():
        return ()
    rows = text.split("\n")
    node = setting.node
    region = _region(node) if isinstance(node, ScalarNode) and node.style == "|" and setting.written else None
    if region is None:
        return tuple(Line(row, setting.origin) for row in rows)
    source = node.span.source
    first = source.position(region[0])[0]
    key = dotted(setting.path)
    return tuple(Line(row, Origin(key, _line_span(source, first + at))) for at, row in enumerate(rows))


def _line_span(source: Source, number: int) -> Span:
    line = source.line(number)
    start = source.offset(number) + len(line) - len(line.lstrip())
    return Span(source, start, start + len(line.strip()))
