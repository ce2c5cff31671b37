"""What the README shows is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import kmon
from compiler.diagnostics import Source
from compiler.drawing import DrawingFormat, draw
from compiler.reporting import summary, text_report
from kmon.graphing import draw_collector
from runtime import registry
from runtime.stages import stage

README = (Path(__file__).parents[2] / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_the_values_file_renders_to_what_is_shown() -> None:
    (values,) = blocks("yaml")
    logs, singleton = kmon.render([Source("values.yaml", values)]).collectors
    shown = blocks("alloy")
    assert len(shown) == 2
    assert all(text in logs.text for text in shown)
    assert blocks("mermaid") == [draw(list(map(draw_collector, (logs, singleton))), DrawingFormat.MERMAID, "")]


def test_the_typo_is_found_as_shown() -> None:
    (values,) = blocks("yaml")
    found = kmon.render([Source("values.yaml", values.replace("presets:", "preset:"))]).diagnostics
    shown = text_report(found) + summary(found)
    assert all(f"    {line}".rstrip() in README for line in shown.splitlines())


def test_every_component_and_stage_is_named() -> None:
    assert [name for name in (*registry.names(), *stage.names()) if f"`{name}`" not in README] == []
