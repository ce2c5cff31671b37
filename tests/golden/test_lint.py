"""Lint finds nothing in what kmon renders, but what a golden shows on purpose."""

from __future__ import annotations

from pathlib import Path

import pytest

from compiler.diagnostics import Diagnostics
from compiler.lint import Selection, lint
from compiler.linting import lint_rendering
from tests.golden.test_render import render

CASES = sorted({path.parent for path in Path(__file__).parent.glob("render/*/*") if path.suffix in (".alloy", ".diff")})
SHOWN = {
    "loki-basic": {"KM707", "KM708"},
    "loki-oauth2": {"KM707", "KM708"},
    "loki-wal-and-stages": {"KM812"},
}
"""Files that no mount brings and variables that nobody sets, as in the README of a destination; a log that is not kept."""


@pytest.mark.parametrize("folder", CASES, ids=[folder.name for folder in CASES])
def test_no_false_alarm(folder: Path) -> None:
    rendering = render(folder)
    unfed = {"KM310"} if any('loki.echo "nothing"' in one.text for one in rendering.collectors) else set()
    # These goldens show destinations, with no source in front of them.
    texts = [lint([one.file], Diagnostics()) for one in rendering.collectors]
    assert {one.code for found in texts for one in found} == unfed
    assert {one.code for one in lint_rendering(rendering, Selection())} == unfed | SHOWN.get(folder.name, set())
