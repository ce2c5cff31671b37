"""Diagnostics as workflow commands of GitHub Actions, which show them beside the lines of a change
(https://docs.github.com/actions/reference/workflow-commands-for-github-actions)."""

from __future__ import annotations

from collections.abc import Iterable

from compiler.diagnostics import Diagnostic, Severity

__all__ = ["github_report"]

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def github_report(diagnostics: Iterable[Diagnostic]) -> str:
    """One line a finding."""
    return "".join(_command(one) + "\n" for one in sorted(diagnostics, key=lambda one: one.sort_key))


def _command(one: Diagnostic) -> str:
    properties = {"title": one.code}
    if one.span is not None:
        (line, column), (end_line, end_column) = one.span.position, one.span.end_position
        properties = {"file": one.span.file, "line": str(line), "endLine": str(end_line)} | properties
        # Columns are refused for what spans several lines.
        if line == end_line:
            properties |= {"col": str(column), "endColumn": str(end_column)}
    text = one.message if one.help is None else f"{one.message}\n{one.help}"
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[one.severity]} {listed}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
