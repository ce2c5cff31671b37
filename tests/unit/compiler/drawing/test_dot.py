"""DOT: quoted ids, messages as tooltips."""

from __future__ import annotations

from compiler.diagnostics import Diagnostic, Severity
from compiler.drawing.diagram import Box, Diagram
from compiler.drawing.dot import to_dot
from tests.unit.compiler.drawing.pictures import MODULE, PIPELINE, diagram


def test_lines_and_groups() -> None:
    text = to_dot([diagram(PIPELINE)])
    assert '"loki.process.p" -> "loki.write.out" [label="logs", color="#' in text
    assert 'label="value", color="#9aa5b4", style=dotted]' in text
    assert '  subgraph "cluster_processors" {\n    label="processors"\n' in text


def test_modules() -> None:
    assert '"cut.one" [label="cut\\none"' in to_dot([diagram(MODULE)])
    assert "peripheries=2" in to_dot([diagram(MODULE)])
    opened = to_dot([diagram(MODULE, open_modules=True)])
    assert '  subgraph "cluster_cut.one" {\n    label="cut one"\n' in opened


def test_findings_and_what_must_be_escaped() -> None:
    found = Diagnostic("KM999", Severity.ERROR, 'a "word" \\N\n', help="write `b`")
    box = Box("a.b", "a", "b", "source", "f", 3, findings=(found,))
    text = to_dot([Diagram("d", (box,), (), ())])
    assert 'label="a\\nb\\nKM999"' in text
    assert 'tooltip="a.b\\nsource\\nf:3\\n\\nerror KM999: a \\"word\\" \\\\N�\\nhelp: write `b`"' in text
    assert "penwidth=2.5" in text


def test_several_diagrams_are_clusters_with_ids_of_their_own() -> None:
    text = to_dot([Diagram(name, (Box("a.b", "a", "b", "source", "f", 1),), (), ()) for name in ("one", "two")])
    assert 'subgraph "cluster_one" {' in text
    assert '"one:a.b" [' in text
    assert '"two:a.b" [' in text
