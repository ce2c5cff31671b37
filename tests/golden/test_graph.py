"""A configuration as pictures, modules folded and open. The SVG is looked at by its own tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from compiler.drawing import DrawingFormat, draw
from kmon.graphing import diagrams_of
from kmon.linting import read_inputs

FORMS = {
    "folded.mmd": (DrawingFormat.MERMAID, False),
    "open.mmd": (DrawingFormat.MERMAID, True),
    "open.dot": (DrawingFormat.DOT, True),
}


def test_case(case: Path, golden: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(case)
    inputs = read_inputs(["config.alloy"])
    outputs = {}
    for name, (form, open_modules) in FORMS.items():
        diagrams, _ = diagrams_of(inputs, stability="experimental", community=False, open_modules=open_modules)
        outputs[name] = draw(diagrams, form, "config.alloy")
    golden.check(case, outputs, inputs=["config.alloy"])
