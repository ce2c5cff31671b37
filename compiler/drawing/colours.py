"""The colours of roles, signals and severities, on light and on dark ground."""

from __future__ import annotations

from dataclasses import dataclass

from compiler.diagnostics import Severity

__all__ = ["DARK", "LIGHT", "Theme"]

Paint = tuple[str, str]
"""Fill and stroke."""


@dataclass(frozen=True, slots=True)
class Theme:
    """`roles` and `severities` have fill and stroke, `signals` the stroke of a line."""

    ground: str
    panel: str
    frame: str
    rule: str
    text: str
    muted: str
    roles: dict[str, Paint]
    signals: dict[str, str]
    severities: dict[Severity, Paint]


LIGHT = Theme(
    ground="#f6f7f9",
    panel="#ffffff",
    frame="#f8f9fc",
    rule="#d5dae2",
    text="#1c2430",
    muted="#5d6878",
    roles={
        "discovery": ("#eee6f7", "#7d5fb2"),
        "source": ("#d9ead3", "#6aa84f"),
        "processor": ("#dbe5f6", "#4a74b5"),
        "destination": ("#f9e0c7", "#c9711f"),
        "other": ("#eeeeee", "#888888"),
    },
    signals={
        "targets": "#8a63c9",
        "logs": "#12877f",
        "metrics": "#b8781a",
        "traces": "#c2336b",
        "otel": "#52647d",
        "profiles": "#8a5a2b",
        "value": "#9aa5b4",
    },
    severities={
        Severity.ERROR: ("#fde3e4", "#c62430"),
        Severity.WARNING: ("#fff0c2", "#8f6400"),
        Severity.INFO: ("#dff0fb", "#1f6f9f"),
    },
)
DARK = Theme(
    ground="#0d1117",
    panel="#151b23",
    frame="#1a212b",
    rule="#333c48",
    text="#e8edf4",
    muted="#97a3b3",
    roles={
        "discovery": ("#2a2140", "#a68ae0"),
        "source": ("#1c3020", "#79c062"),
        "processor": ("#1a2944", "#7da5ea"),
        "destination": ("#3a2716", "#e69a4c"),
        "other": ("#252c36", "#8d98a8"),
    },
    signals={
        "targets": "#b194ee",
        "logs": "#3fc0b4",
        "metrics": "#e2a94a",
        "traces": "#f0719f",
        "otel": "#9fb1ca",
        "profiles": "#cf9b66",
        "value": "#677385",
    },
    severities={
        Severity.ERROR: ("#4b1a20", "#ff8a91"),
        Severity.WARNING: ("#40320c", "#f0c44c"),
        Severity.INFO: ("#12324a", "#7cc4f0"),
    },
)
