"""The compile as a whole: what no single stage can show."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kmon
from compiler.diagnostics import Diagnostics, Severity, Source
from compiler.values import presets
from compiler.values.load import load
from compiler.values.schema import load_schema, resolve_ref
from compiler.values.tree import MapNode

VALUES = "cluster: {name: c}\npresets: [pod-logs]\ndestinations:\n  logs: {type: loki, url: https://loki/push}\n"


def test_a_rendering_holds_text_graph_and_workload() -> None:
    rendering = kmon.render([Source("v", VALUES)])
    collector = rendering.collector("alloy-logs")
    assert collector is not None
    assert (collector.kind, collector.settings.runtime) == ("daemonset", "kmon")
    assert collector.settings.facts.mounts == ("/var/log", "/var/lib/docker/containers")
    assert list(collector.graph.order)[-1] == "loki.source.file.pod_logs"
    assert {(edge.producer, edge.consumer) for edge in collector.graph.edges if edge.signal == "logs"} == {
        ("loki.source.file.pod_logs", "loki.process.pod_logs"),
        ("loki.process.pod_logs", "loki.write.logs"),
    }
    assert not rendering.diagnostics.found
    assert rendering.collector("other") is None


def test_files_from_disk_and_sets_are_laid_upon_each_other(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("\ufeff" + VALUES)
    (tmp_path / "b.yaml").write_text("cluster: {name: d}\n")
    (tmp_path / "stages").write_text('stage.drop {\n\texpression = "x"\n}\n')
    rendering = kmon.render(
        [tmp_path / "a.yaml", str(tmp_path / "b.yaml")],
        sets=["podLogsViaLoki.namespaces={a,b}"],
        set_strings=["destinations.logs.tenantId=007"],
        set_files=[f"podLogsViaLoki.extraLogProcessingStages={tmp_path}/stages"],
    )
    text = rendering.collectors[0].text
    for part in ('cluster          = "d"', 'names = ["a", "b"]', '= "007"', "stage.drop {"):
        assert part in text


def test_with_an_error_there_is_no_text() -> None:
    rendering = kmon.render([Source("v", VALUES + "clustr: 1\n")])
    assert rendering.collectors == ()
    assert [d.code for d in rendering.diagnostics] == ["KM104"]


def test_unknown_keys_can_be_allowed() -> None:
    rendering = kmon.render([Source("v", VALUES + "clustr: 1\nclusterMetrics: {enabled: true}\n")], allow_unknown=True)
    assert [d.severity for d in rendering.diagnostics] == [Severity.WARNING, Severity.WARNING]
    assert rendering.collectors


def test_secrets_are_never_rendered() -> None:
    auth = "auth: {type: basic, username: u, password: hunter2}, tls: {key: hunter2}, extraHeaders: {X-Token: hunter2}"
    rendering = kmon.render([Source("v", VALUES.replace("url:", f"{auth}, url:"))])
    assert rendering.collectors
    assert "hunter2" not in rendering.collectors[0].text
    assert all("hunter2" not in d.message + str(d.help) for d in rendering.diagnostics)
    assert sorted(rendering.environment) == [
        "KMON_LOGS_AUTH_PASSWORD",
        "KMON_LOGS_HEADER_X_TOKEN",
        "KMON_LOGS_TLS_KEY",
    ]
    assert {secret.reveal() for secret in rendering.environment.values()} == {"hunter2"}
    assert "hunter2" not in repr(rendering.environment)


def test_hostile_values_stay_values() -> None:
    text = 'a" }\nloki.echo "x" { } // '
    rendering = kmon.render([Source("v", VALUES)], set_strings=[f"podLogsViaLoki.staticLabels.a={text}"])
    graph = rendering.collectors[0].graph
    assert "loki.echo.x" not in graph.nodes


@pytest.mark.parametrize(
    ("values", "unused"),
    [
        (
            "podLogsViaLoki: {namespaces: [a]}",
            ["`podLogsViaLoki` changes nothing: write `presets: [pod-logs]` to switch it on"],
        ),
        ("presets: [pod-logs]\npodLogsViaLoki: {cri: {maxPartialLines: 5}, nodeLabels: null}", []),
        ("podLogsViaLoki: {enabled: false, namespaces: [a]}", []),
        ("podLogsViaLoki: {namespaces: null}", []),
    ],
)
def test_keys_that_change_nothing_are_named(values: str, unused: list[str]) -> None:
    base = VALUES.replace("presets: [pod-logs]\n", "")
    extra = 'collectors: {c: {includeDestinations: [logs], extraConfig: "// none"}}\n'
    rendering = kmon.render([Source("v", f"{base}{values}\n{extra}")])
    found = [d.message for d in rendering.diagnostics if d.code == "KM111"]
    assert found == unused


def test_importing_and_rendering_stay_light(tmp_path: Path) -> None:
    (tmp_path / "v.yaml").write_text(VALUES)
    code = (
        "import sys, kmon\n"
        "assert not any(name.startswith('compiler') for name in sys.modules), 'import kmon is not light'\n"
        "assert kmon.render([sys.argv[1]]).collectors\n"
        "heavy = {'aiohttp', 'grpc', 'pyarrow', 'kubernetes', 'numpy', 'uvloop', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "v.yaml")], check=True)


def test_what_travels_with_kmon_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []

    def counted(source: Source, diagnostics: Diagnostics) -> MapNode:
        parsed.append(source.name)
        return load(source, diagnostics)

    monkeypatch.setattr(presets, "load", counted)
    presets.read_tree.cache_clear()
    kmon.render([Source("v", VALUES)])
    assert "destinations/loki/defaults.yaml" in parsed
    assert len(parsed) == len(set(parsed))


@pytest.mark.parametrize(
    ("values", "place", "rendered"),
    [
        ("podLogsViaLoki: {namespaces: ['a(']}", "v:5:30", "alloy-logs.alloy:22:19"),
        ("podLogsViaLoki: {staticLabelsFrom: {a: no.thing}}", "v:5:40", None),
    ],
)
def test_a_finding_about_rendered_text_points_into_the_values(values: str, place: str, rendered: str | None) -> None:
    (error,) = kmon.render([Source("v", f"{VALUES}{values}\n")]).diagnostics.errors
    assert str(error.span) == place
    (note,) = (note for note in error.notes if note.rendered)
    assert rendered in (None, str(note.span))


def test_numbers_become_the_texts_that_were_meant() -> None:
    values = VALUES.replace("url:", "tenantId: 1234567, extraLabels: {a: 1.0, b: 1e3, c: 0.5, d: on}, url:")
    text = kmon.render([Source("v", values)]).collectors[0].text
    for part in ('tenant_id           = "1234567"', '= "1"', '= "1000"', '= "0.5"', '= "true"'):
        assert part in text


def settings(schema: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for key, below in resolve_ref(schema).get("properties", {}).items():
        yield (*path, key)
        yield from settings(below, (*path, key))


SETTINGS = [
    *settings(load_schema()["$defs"]["podLogsViaLoki"], ("podLogsViaLoki",)),
    *settings(load_schema()["$defs"]["destination-loki"], ("destinations", "logs")),
    *settings(load_schema()["$defs"]["collector"], ("collectors", "alloy-logs")),
]


@pytest.mark.parametrize("odd", [None, [None], " "], ids=repr)
def test_whatever_a_setting_holds_is_rendered_or_refused_at_its_place(odd: object) -> None:
    assert len(SETTINGS) > 100
    for path in SETTINGS:
        values: Any = {
            "cluster": {"name": "c"},
            "presets": ["pod-logs"],
            "destinations": {"logs": {"type": "loki", "url": "http://loki", "auth": {"type": "oauth2"}}},
        }
        at = values
        for key in path[:-1]:
            at = at.setdefault(key, {})
        at[path[-1]] = odd
        rendering = kmon.render([Source("v", json.dumps(values))], namespace="n")
        assert bool(rendering.collectors) is not bool(rendering.diagnostics.errors), path
        assert all(found.span and found.span.file == "v" for found in rendering.diagnostics), path
