import pytest

from compiler.diagnostics import Diagnostics, Source
from compiler.expand import check_snippets
from compiler.expand.snippets import snippet_lines
from compiler.values import load, validate


def findings(text: str) -> list[str]:
    diagnostics = Diagnostics()
    document = validate(load(Source("v", text), diagnostics), diagnostics)
    assert not diagnostics.found
    check_snippets(document, diagnostics)
    return [f"{d.span} {d.code}" for d in diagnostics]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ('podLogsViaLoki:\n  extraDiscoveryRules: |\n    rule {\n      regex: "x"\n    }\n', ["v:4:12"]),
        ("podLogsViaLoki:\n  extraDiscoveryRules: |-  # why\n\n    rule {\n      x = )\n    }\n", ["v:5:11"]),
        ("podLogsViaLoki: {extraDiscoveryRules: 'rule { x = ) }'}\n", ["v:1:51"]),
        ("podLogsViaLoki: {extraDiscoveryRules: rule <}\n", ["v:1:44"]),
        ("cluster: {nameFrom: sys.env(}\n", ["v:1:29"]),
        # Escapes move the text: the place is the value as a whole.
        ('podLogsViaLoki: {extraDiscoveryRules: "rule {\\n x = ) }"}\n', ["v:1:39"]),
        ("collectors:\n  a:\n    extraConfig: >\n      x {\n\n      y = ) }\n", ["v:3:18"]),
    ],
)
def test_mistakes_point_into_the_values(text: str, places: list[str]) -> None:
    assert [found.split()[0] for found in findings(text)][: len(places)] == places


@pytest.mark.parametrize("text", ["{{ .Values.x }}", "{{- include `a` }}"])
def test_helm_templating_is_noticed(text: str) -> None:
    found = findings(f"podLogsViaLoki:\n  extraLogProcessingStages: |\n    {text}\n")
    assert found[0] == "v:2:29 KM114"


def test_a_template_stage_is_no_helm_templating() -> None:
    stage = 'stage.template {\n      source = "x"\n      template = "{{ .Value }}"\n    }'
    assert findings(f"podLogsViaLoki:\n  extraLogProcessingStages: |\n    {stage}\n") == []


def test_lines_of_a_block_know_their_own_place() -> None:
    diagnostics = Diagnostics()
    text = 'podLogsViaLoki:\n  extraDiscoveryRules: |\n    rule {\n      action = "drop"\n    }\n'
    document = validate(load(Source("v", text), diagnostics), diagnostics)
    lines = snippet_lines(document.view()["podLogsViaLoki"]["extraDiscoveryRules"])
    assert [(line.text, str(line.origin.span)) for line in lines if line.origin] == [
        ("rule {", "v:3:5"),
        ('  action = "drop"', "v:4:7"),
        ("}", "v:5:5"),
    ]
