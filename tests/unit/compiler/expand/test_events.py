import pytest

from compiler.diagnostics import Diagnostics, Source
from compiler.expand.idioms import events
from compiler.expand.printing import Lines
from compiler.values import View, load, validate


def cluster_events(text: str) -> View:
    diagnostics = Diagnostics()
    document = validate(load(Source("v", f"clusterEvents: {text}"), diagnostics), diagnostics)
    assert not diagnostics.found, diagnostics.found
    return document.view().section("clusterEvents")


def texts(lines: Lines) -> list[str]:
    return [line.text for line in lines.lines]


def test_what_only_a_label_needs_is_extracted() -> None:
    values = cluster_events('{labels: {x: action, where: namespace}, structuredMetadata: {msg: ""}}')
    rows = texts(events.event_fields(values))
    assert 'action = "",' in rows
    assert 'msg = "",' in rows
    assert not [row for row in rows if row.startswith("namespace")], "the source sets it as a label"


def test_a_value_under_its_own_name_is_not_spelt_out() -> None:
    values = cluster_events("{labels: {x: action, name: name}, structuredMetadata: {object: name, action: action}}")
    assert 'x = "action",' in texts(events.event_labels(values))
    assert 'name = "",' in texts(events.event_labels(values))
    assert texts(events.event_metadata(values)) == [
        "{",
        'action = "",',
        'name = "",',
        'node = "",',
        'object = "name",',
        "}",
    ]


def test_what_names_no_field_means_the_one_of_the_same_name() -> None:
    values = cluster_events('{labels: {msg: , reason: null}, structuredMetadata: {kind: null, action: "", name: null}}')
    assert 'msg = "",' in texts(events.event_labels(values))
    assert {'action = "",', 'msg = "",'} <= set(texts(events.event_fields(values)))
    assert texts(events.event_metadata(values)) == ["{", 'action = "",', 'kind = "",', 'node = "",', "}"]


@pytest.mark.parametrize(
    ("labels", "dropped"),
    [
        ("{}", '["kind", "node"]'),
        ("{reason: null}", '["kind", "node", "reason"]'),
        ("{kind: kind, node: node}", "[]"),
    ],
)
def test_helper_labels_stay_only_when_asked_for(labels: str, dropped: str) -> None:
    assert events.event_helper_labels(cluster_events(f"{{labels: {labels}}}")).text == dropped


def test_choices_match_whole_values() -> None:
    values = cluster_events('{includeReasons: [A, "B.*"], excludeReasons: [C, D]}')
    kept = texts(events.kept_only("reason", values.setting("includeReasons"), "why"))
    dropped = texts(events.event_drops("reason", values.setting("excludeReasons"), "why"))
    assert 'selector = "{reason!~\\"A|B.*\\"}"' in kept
    assert 'expression = "^(?:C|D)$"' in dropped


def test_no_choice_prints_nothing() -> None:
    values = cluster_events("{}")
    assert not texts(events.kept_only("reason", values.setting("includeReasons"), "why"))
    assert not texts(events.event_drops("reason", values.setting("excludeReasons"), "why"))
