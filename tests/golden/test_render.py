"""Values in, Alloy text and findings out. A case holds `values.yaml`, and more `*.yaml` that are merged by name.

`smallest`, `smallest-events` and `smallest-api` show the whole text of a preset. A case whose `values.yaml` says
`# Against smallest: …` shows what differs from it.
"""

import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kmon
from compiler.diagnostics import Diagnostic, Diagnostics, Source
from compiler.pipeline import Rendering
from compiler.syntax import format_text

WHOLE = ("smallest", "smallest-events", "smallest-api")
_AGAINST = re.compile(r"^# Against ([\w-]+):", re.MULTILINE)


def render(case: Path) -> Rendering:
    files = sorted(case.glob("*.yaml"))
    return kmon.render([Source(file.name, file.read_text(encoding="utf-8")) for file in files])


def outputs(case: Path, rendering: Rendering) -> dict[str, str]:
    found = dict(texts(case, rendering))
    if rendering.diagnostics.found:
        found["diagnostics.txt"] = "".join(map(described, rendering.diagnostics.sorted()))
    return found


def texts(case: Path, rendering: Rendering) -> Iterator[tuple[str, str]]:
    """Each collector's text, or its difference from the same collector's text in the case that this one names."""
    against = _AGAINST.search((case / "values.yaml").read_text(encoding="utf-8"))
    whole = render(case.parent / against[1]) if against else None
    for collector in rendering.collectors:
        base = whole.collector(collector.name) if whole else None
        if base is None:
            yield f"{collector.name}.alloy", collector.text
        else:
            yield f"{collector.name}.diff", difference(base.text, collector.text)


def difference(before: str, after: str) -> str:
    """A unified diff whose hunks are headed by the component they begin in, instead of by line numbers."""
    rows: list[str] = []
    lines = after.splitlines()
    for row in difflib.unified_diff(before.splitlines(), lines, n=1, lineterm=""):
        if row.startswith("@@"):
            begin = int(row.split("+")[1].split(",")[0].split()[0])
            head = next((line for line in reversed(lines[:begin]) if line and line[0].isalpha()), "")
            rows.append(f"@@ {head.removesuffix(' {')}")
        elif not row.startswith(("---", "+++")):
            rows.append(row.rstrip())
    return "".join(f"{row}\n" for row in rows)


def described(diagnostic: Diagnostic) -> str:
    text = f"{diagnostic.span}: {diagnostic.severity} {diagnostic.code}: {diagnostic.message}\n"
    for note in diagnostic.notes:
        text += f"    note: {note.text}{f' ({note.span})' if note.span else ''}\n"
    return text + (f"    help: {diagnostic.help}\n" if diagnostic.help else "")


def test_case(case: Path, golden: Any) -> None:
    golden.check(case, outputs(case, render(case)), inputs=[file.name for file in case.glob("*.yaml")])


def test_it_is_prose_first_and_short(case: Path) -> None:
    assert (case / "values.yaml").read_text(encoding="utf-8").startswith("# ")
    for file in case.iterdir():
        whole = case.name in WHOLE and file.suffix == ".alloy"
        assert whole or len(file.read_text(encoding="utf-8").splitlines()) < 80, file.name


def test_it_is_deterministic(case: Path) -> None:
    assert outputs(case, render(case)) == outputs(case, render(case))


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
