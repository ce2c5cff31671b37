import pytest

from compiler.diagnostics import Diagnostics, Source
from compiler.expand import Plan, make_plan
from compiler.values import load, validate

LOKI = "{type: loki, url: http://x}"


def plan(text: str) -> tuple[Plan, list[str]]:
    diagnostics = Diagnostics()
    document = validate(load(Source("v", "cluster: {name: c}\n" + text), diagnostics), diagnostics)
    assert not diagnostics.found, diagnostics.found
    made = make_plan(document, diagnostics)
    return made, [f"{d.span and d.span.position[0]} {d.code} {d.message}" for d in diagnostics]


def test_the_preset_makes_its_own_collector() -> None:
    made, findings = plan(f"presets: [pod-logs]\ndestinations: {{logs: {LOKI}}}\n")
    assert not findings
    (collector,) = made.collectors
    assert (collector.name, collector.kind, collector.singleton) == ("alloy-logs", "daemonset", False)
    assert collector.settings.facts.mounts == ("/var/log", "/var/lib/docker/containers")
    (feature,) = collector.features
    assert feature.origin.key == "presets"
    assert [destination.receiver() for destination in feature.destinations] == ["loki.write.logs.receiver"]


@pytest.mark.parametrize(
    ("collectors", "feature", "name"),
    [
        ("", "", "alloy-logs"),
        ("mine: {}", "", "mine"),
        ("mine: {presets: [daemonset]}", "", "mine"),
        ("a: {}, b: {}", "", "alloy-logs"),
        ("a: {}, b: {}", "collector: b", "b"),
        ("a: {presets: [deployment]}", "", "alloy-logs"),
        ("a: {}, alloy-logs: {}", "", "alloy-logs"),
        ("a: {enabled: false}", "", "alloy-logs"),
    ],
)
def test_a_feature_finds_its_collector(collectors: str, feature: str, name: str) -> None:
    made, _ = plan(
        f"podLogsViaLoki: {{enabled: true, {feature}}}\ndestinations: {{logs: {LOKI}}}\ncollectors: {{{collectors}}}\n"
    )
    assert [collector.name for collector in made.collectors if collector.features] == [name]


@pytest.mark.parametrize(
    ("destinations", "named", "chosen"),
    [
        (f"a: {LOKI}, b: {LOKI}", "[]", ["a", "b"]),
        (f"a: {LOKI}, b: {LOKI}", "[b]", ["b"]),
        (f"a: {LOKI}, b: {{type: loki, url: http://x, disabled: true}}", "[]", ["a"]),
        (f"Big-One: {LOKI}", "[]", ["big_one"]),
    ],
)
def test_destinations_are_chosen(destinations: str, named: str, chosen: list[str]) -> None:
    made, _ = plan(f"podLogsViaLoki: {{enabled: true, destinations: {named}}}\ndestinations: {{{destinations}}}\n")
    (collector,) = made.collectors
    assert [destination.label for destination in collector.features[0].destinations] == chosen


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (
            f"podLogsViaLoki: {{enabled: true, destinations: [x]}}\ndestinations: {{here: {LOKI}}}",
            "2 KM123 there is no destination `x`",
        ),
        ("presets: [pod-logs]", "2 KM125 `podLogsViaLoki` sends logs, and no destination takes them"),
        (
            f"destinations: {{a-b: {LOKI}, A_B: {LOKI}}}",
            "2 KM126 destinations `A_B` and `a-b` have the same name in the rendered text",
        ),
        (f"destinations: {{1a: {LOKI}}}", "2 KM127 `1a` cannot name a destination"),
        ("destinations: {a: {type: loki}}", "2 KM109 `destinations.a.url` is missing"),
        ("destinations: {a: {type: loki,\n url: ''}}", "3 KM109 `destinations.a.url` is empty"),
        (
            f"podLogsViaLoki: {{enabled: true, collector: x}}\ndestinations: {{a: {LOKI}}}",
            "2 KM128 there is no collector `x`",
        ),
        (
            f"presets: [pod-logs]\npodLogsViaLoki: {{enabled: false}}\ndestinations: {{a: {LOKI}}}",
            "2 KM122 preset `pod-logs` is listed in `presets`, and `podLogsViaLoki.enabled` is false",
        ),
        ("collectors: {a: {presets: [demonset]}}", "2 KM131 there is no collector preset `demonset`"),
        ("destinations: {}", "1 KM121 nothing is switched on"),
        (
            f"presets: [pod-logs]\ndestinations: {{a: {LOKI}}}\ncollectors: {{x: {{presets: [deployment]}}}}",
            "4 KM130 collector `x` runs nothing",
        ),
    ],
)
def test_findings(text: str, finding: str) -> None:
    assert finding in plan(text + "\n")[1]


@pytest.mark.parametrize(
    ("more", "twice"),
    [
        ("", True),
        ("podLogsViaLoki: {labels: {x: z}}", True),
        ("podLogsViaLoki: {excludeNamespaces: [a]}", False),
        ("podLogsViaLoki: {labelSelectors: {a: b}}\npodLogsViaKubernetesApi: {labelSelectors: {a: c}}", False),
        ("podLogsViaLoki: {destinations: [a]}\npodLogsViaKubernetesApi: {destinations: [b]}", False),
    ],
)
def test_one_pod_is_read_in_two_ways(more: str, twice: bool) -> None:
    text = f"presets: [pod-logs, pod-logs-kubernetes-api]\ndestinations: {{a: {LOKI}, b: {LOKI}}}\n{more}\n"
    finding = "2 KM139 `podLogsViaLoki` and `podLogsViaKubernetesApi` read the same pods: every line arrives twice"
    assert (finding in plan(text)[1]) is twice


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (f"presets: [pod-logs]\ndestinations: {{a: {LOKI}}}\ncollectors: {{alloy-logs: {{enabled: false}}}}", 4),
        ("presets: [pod-logs]\ndestinations: {a: {type: loki, disabled: true}}", 3),
        ("podLogsViaLoki: {enabled: true, destinations: [a]}\ndestinations: {a: {type: loki, disabled: true}}", 3),
    ],
)
def test_what_is_switched_off_is_shown(text: str, note: int) -> None:
    diagnostics = Diagnostics()
    make_plan(validate(load(Source("v", f"cluster: {{name: c}}\n{text}\n"), diagnostics), diagnostics), diagnostics)
    (error,) = diagnostics.errors
    assert [one.span and one.span.position[0] for one in error.notes] == [note]


@pytest.mark.parametrize(
    "text",
    [
        "cluster: prod\npresets: [pod-logs]\ndestinations: {a: {type: loki, url: 5}}",
        "cluster: {name: 5}\npresets: [pod-logs]\ndestinations: [{name: a}]",
        "cluster: {name: c}\npresets: [pod-logs]\ndestinations: {a: {type: lokki}}",
    ],
)
def test_nothing_is_missing_that_was_refused(text: str) -> None:
    diagnostics = Diagnostics()
    document = validate(load(Source("v", text), diagnostics), diagnostics)
    before = len(diagnostics)
    make_plan(document, diagnostics)
    assert len(diagnostics) == before


def test_the_first_of_two_kinds_wins() -> None:
    made, findings = plan(
        f"presets: [pod-logs]\ndestinations: {{a: {LOKI}}}\n"
        "collectors: {alloy-logs: {presets: [daemonset, statefulset, singleton]}}\n"
    )
    assert made.collectors[0].kind == "daemonset"
    assert [finding.split()[1] for finding in findings] == ["KM132", "KM132"]


@pytest.mark.parametrize(
    ("collectors", "name", "kind", "singleton"),
    [
        ("", "alloy-singleton", "deployment", True),
        ("a: {}", "alloy-singleton", "deployment", True),
        ("a: {presets: [daemonset]}", "alloy-singleton", "deployment", True),
        ("a: {presets: [deployment]}", "a", "deployment", True),
        ("a: {presets: [statefulset]}", "a", "statefulset", True),
    ],
)
def test_what_reads_the_cluster_runs_once(collectors: str, name: str, kind: str, singleton: bool) -> None:
    made, _ = plan(f"presets: [cluster-events]\ndestinations: {{logs: {LOKI}}}\ncollectors: {{{collectors}}}\n")
    (collector,) = [collector for collector in made.collectors if collector.features]
    assert (collector.name, collector.kind, collector.singleton) == (name, kind, singleton)
    assert collector.features[0].clustering is None


@pytest.mark.parametrize(
    ("presets", "clustering", "found"),
    [
        ("[clustered, statefulset]", "true", []),
        ("[clustered]", "true", []),
        ("[clustered, statefulset]", "false", ["KM137"]),
        ("[deployment]", "true", ["KM138"]),
    ],
)
def test_replicas_share_the_work_or_there_is_one(presets: str, clustering: str, found: list[str]) -> None:
    made, findings = plan(
        f"clusterEvents: {{enabled: true, collector: a, clustering: {clustering}}}\n"
        f"podLogsViaKubernetesApi: {{enabled: true, collector: a}}\n"
        f"destinations: {{logs: {LOKI}}}\ncollectors: {{a: {{presets: {presets}}}}}\n"
    )
    assert [finding.split()[1] for finding in findings] == found
    (collector,) = made.collectors
    shares = [feature.clustering is not None for feature in collector.features]
    assert shares == ([True, True] if "clustered" in presets and not found else shares)
    assert collector.singleton == ("clustered" not in presets)
