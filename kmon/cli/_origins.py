"""`kmon render --explain`: rendered text, and in its gutter where each line comes from.

    ── preset pod-logs/pod-logs.alloy.j2 ──
    a  64 │ loki.source.file "pod_logs" {
    a  65 │   targets       = local.file_match.pod_logs.targets
    b  66 │   tail_from_end = false

    a  presets                                values.yaml:2:11
    b  podLogsViaLoki.onlyGatherNewLogLines   default

The letter names the values key, the number the line of the preset, or of the values for text that stands there.
"""

from __future__ import annotations

import string
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compiler.expand import RenderedLine
    from compiler.pipeline import Collector
    from compiler.values import Origin

__all__ = ["explained"]


def explained(collector: Collector, width: int) -> str:
    """The collector's text with its origins, in lines of at most `width` characters."""
    origins: dict[str, Origin] = {}
    for line in collector.lines:
        if line.origin is not None:
            origins.setdefault(line.origin.key, line.origin)
    letters = {key: _letters(number) for number, key in enumerate(origins)}
    rows = [*_text(collector.lines, letters, width), "", *_legend(origins, letters, width)]
    return "".join(row.rstrip() + "\n" for row in rows)


def _letters(number: int) -> str:
    """`a` to `z`, then `aa`, `ab` and so on."""
    tens, ones = divmod(number, len(string.ascii_lowercase))
    return (_letters(tens - 1) if tens else "") + string.ascii_lowercase[ones]


def _text(lines: Iterable[RenderedLine], letters: Mapping[str, str], width: int) -> Iterator[str]:
    room = max(map(len, letters.values()), default=1)
    section = ""
    for line in lines:
        letter = number = ""
        if line.origin is not None:
            letter = letters[line.origin.key]
            preset, _, number = line.preset.rpartition(":")
            head = f"preset {preset}" if preset else f"values {line.origin.key}"
            if not preset and line.origin.span is not None:
                number = str(line.origin.span.position[0])
            if head != section:
                yield f"── {head} ──"
                section = head
        first, *more = _wrapped(line.text.expandtabs(2), width - room - 7)
        yield f"{letter:<{room}} {number:>3} │ {first}"
        for text in more:
            yield f"{'':<{room}}     │ {text}"


def _wrapped(text: str, width: int) -> list[str]:
    indent = text[: len(text) - len(text.lstrip())]
    return textwrap.wrap(text.strip(), width, initial_indent=indent, subsequent_indent=f"{indent}    ") or [""]


def _legend(origins: Mapping[str, Origin], letters: Mapping[str, str], width: int) -> Iterator[str]:
    room, keys = max(map(len, letters.values()), default=1), max(map(len, letters), default=0)
    for key, letter in letters.items():
        place = str(origins[key].span or "default")
        row = f"{letter:<{room}}  {key:<{keys}}  {place}"
        if len(row) <= width:
            yield row
        else:
            yield f"{letter:<{room}}  {key}"
            yield f"{'':<{room}}    {place}"
