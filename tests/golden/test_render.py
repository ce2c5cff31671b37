"""Values in, Alloy text and findings out. A case holds `values.yaml`, and more `*.yaml` that are merged by name."""

from pathlib import Path
from typing import Any

import kmon
from compiler.diagnostics import Diagnostic, Diagnostics, Source
from compiler.pipeline import Rendering
from compiler.syntax import format_text


def render(case: Path) -> Rendering:
    files = sorted(case.glob("*.yaml"))
    return kmon.render([Source(file.name, file.read_text(encoding="utf-8")) for file in files])


def outputs(rendering: Rendering) -> dict[str, str]:
    found = {f"{collector.name}.alloy": collector.text for collector in rendering.collectors}
    if rendering.diagnostics.found:
        found["diagnostics.txt"] = "".join(map(described, rendering.diagnostics.sorted()))
    return found


def described(diagnostic: Diagnostic) -> str:
    text = f"{diagnostic.span}: {diagnostic.severity} {diagnostic.code}: {diagnostic.message}\n"
    for note in diagnostic.notes:
        text += f"    note: {note.text}{f' ({note.span})' if note.span else ''}\n"
    return text + (f"    help: {diagnostic.help}\n" if diagnostic.help else "")


def test_case(case: Path, golden: Any) -> None:
    golden.check(case, outputs(render(case)), inputs=[file.name for file in case.glob("*.yaml")])


def test_it_is_prose_first_and_short(case: Path) -> None:
    text = (case / "values.yaml").read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert len(text.splitlines()) < 80


def test_it_is_deterministic(case: Path) -> None:
    assert outputs(render(case)) == outputs(render(case))


def test_it_is_canonical(case: Path) -> None:
    for collector in render(case).collectors:
        diagnostics = Diagnostics()
        assert format_text(collector.file.source, diagnostics) == collector.text
        assert not diagnostics.found


def test_every_line_knows_its_origin(case: Path) -> None:
    for collector in render(case).collectors:
        assert [line.text for line in collector.lines] == collector.text.splitlines()
        for line in collector.lines:
            assert line.origin is not None or not line.text.strip()
