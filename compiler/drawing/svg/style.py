"""The style sheet of a drawing: one set of rules a theme, the dark one for readers who want it."""

from __future__ import annotations

from collections.abc import Iterator

from compiler.drawing.colours import DARK, LIGHT, Theme

__all__ = ["MONO", "style_sheet"]

MONO = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace'
_SANS = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "DejaVu Sans", sans-serif'

_SHAPES = f"""
text {{ font-family: {_SANS}; font-size: 12px }}
.title {{ font-size: 18px; font-weight: 650 }}
.name {{ font-size: 14px; font-weight: 650 }}
.mono, .type, .label, .code, .signal {{ font-family: {MONO} }}
.type {{ font-size: 11px }}
.label {{ font-size: 12.5px; font-weight: 600 }}
.code {{ font-size: 9.5px; font-weight: 700 }}
.signal {{ font-size: 9.5px; paint-order: stroke; stroke-width: 3px; stroke-linejoin: round }}
.small {{ font-size: 11px }}
.box, .card {{ stroke-width: 1.1 }}
.card {{ fill-opacity: .75 }}
.bar {{ fill: none; stroke-width: 3; stroke-linecap: round }}
.frame {{ stroke-dasharray: 5 4 }}
.line path {{ fill: none; stroke-width: 1.6 }}
.line.value path {{ stroke-dasharray: 2 4; stroke-linecap: round }}
.node:hover .box {{ stroke-width: 2.4 }}
.line:hover path {{ stroke-width: 3.4 }}
""".strip()


def style_sheet() -> str:
    dark = "\n".join(f"  {rule}" for rule in _rules(DARK))
    return "\n".join([_SHAPES, *_rules(LIGHT), f"@media (prefers-color-scheme: dark) {{\n{dark}\n}}"])


def _rules(theme: Theme) -> Iterator[str]:
    yield f".ground {{ fill: {theme.ground} }}"
    yield f".panel {{ fill: {theme.panel}; stroke: {theme.rule} }}"
    yield f".frame {{ fill: {theme.frame}; stroke: {theme.muted} }}"
    yield f"text {{ fill: {theme.text} }}"
    yield f".muted, .type {{ fill: {theme.muted} }}"
    yield f".signal {{ stroke: {theme.panel} }}"
    for role, (fill, stroke) in theme.roles.items():
        yield f".{role} .box, .{role} .card {{ fill: {fill}; stroke: {stroke} }} .{role} .bar {{ stroke: {stroke} }}"
    for signal, colour in theme.signals.items():
        yield (
            f".{signal} path {{ stroke: {colour} }} .{signal} .dot, .head.{signal}, .signal.{signal} {{ fill: {colour} }}"
        )
    for severity, (fill, stroke) in theme.severities.items():
        yield f".chip.{severity} rect {{ fill: {fill}; stroke: {stroke} }} .chip.{severity} text {{ fill: {stroke} }}"
        yield f".node.{severity} .box {{ stroke: {stroke}; stroke-width: 1.8 }}"
