"""Mermaid: words for ids, entities in texts."""

from __future__ import annotations

import re

from compiler.diagnostics import Diagnostic, Severity
from compiler.drawing.diagram import Box, Diagram, Line
from compiler.drawing.mermaid import to_mermaid
from tests.unit.compiler.drawing.pictures import MODULE, PIPELINE, diagram


def box(id: str, *findings: Diagnostic) -> Box:
    type_, _, label = id.rpartition(".")
    return Box(id, type_, label, "processor", "f", 1, findings=findings)


def test_roles_are_groups_and_signals_stand_on_arrows() -> None:
    text = to_mermaid([diagram(PIPELINE)])
    assert '  subgraph processors\n    loki_process_p["loki.process<br/>p"]:::processor\n  end\n' in text
    assert "\n  loki_process_p -->|logs| loki_write_out\n" in text
    assert "\n  local_file_url -.->|value| loki_write_out\n" in text


def test_no_two_ids_become_one_word() -> None:
    ids = ["a._b", "a_.b", "a.b", "a_b.c", "a.b_c"]
    text = to_mermaid([Diagram("d", tuple(map(box, ids)), (), ())])
    assert len(set(re.findall(r"^ +(\w+)\[", text, re.MULTILINE))) == len(ids)


def test_one_arrow_for_all_that_flows_between_two() -> None:
    lines = (Line("a.b", "a.c", "logs"), Line("a.b", "a.c", "traces"), Line("a.b", "a.c", "value"))
    assert "a_b -->|logs, traces, value| a_c" in to_mermaid([Diagram("d", (box("a.b"), box("a.c")), (), lines)])


def test_findings_are_marked_by_their_codes() -> None:
    findings = [Diagnostic(f"KM40{i}", severity, "m") for i, severity in enumerate((Severity.WARNING, Severity.ERROR))]
    text = to_mermaid([Diagram("d", (box("a.b", *findings), box("a.c", findings[0])), (), ())])
    assert 'a_b["a<br/>b<br/>⚠ KM401 KM400"]' in text
    assert "\n  class a_c warning\n" in text
    assert "\n  class a_b error\n" in text


def test_several_diagrams_are_apart() -> None:
    text = to_mermaid([diagram(PIPELINE), diagram(MODULE, open_modules=True)])
    assert '  subgraph g1["config.alloy"]\n    subgraph g1_discovery["discovery"]\n' in text
    assert '    subgraph g2_cut_one["cut one"]\n      g2_cut_one_argument_forward__to(["argument forward_to"])' in text
    assert text.count("subgraph") == text.count("\n    end\n") + text.count("\n  end\n")


def test_texts_cannot_break_out() -> None:
    text = to_mermaid([Diagram('a"] <b> #1;\n', (box("a.b"),), (), ()), Diagram("", (box("a.b"),), (), ())])
    assert 'subgraph g1["a#34;] #60;b#62; #35;1;�"]' in text
