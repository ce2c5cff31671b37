import pytest

from compiler.diagnostics import Diagnostics, Severity, Source
from compiler.values import Document, load, validate


def check(text: str, *, allow_unknown: bool = False) -> tuple[Document, list[str]]:
    diagnostics = Diagnostics()
    document = validate(load(Source("v", text), diagnostics), diagnostics, allow_unknown=allow_unknown)
    return document, [f"{d.span}: {d.severity} {d.code} {d.message} | {d.help}" for d in diagnostics.sorted()]


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("clustr: {}", "v:1:1: error KM104 unknown key `clustr` | did you mean `cluster`?"),
        ("cluster: {nmae: x}", "v:1:11: error KM104 unknown key `nmae` in `cluster` | did you mean `name`?"),
        (
            "destinations: {a: {type: loki, urll: x}}",
            "v:1:32: error KM104 unknown key `urll` in `destinations.a` | did you mean `url`?",
        ),
        (
            "clusterMetrics: {enabled: true}",
            (
                "v:1:1: error KM105 `clusterMetrics` is a key of k8s-monitoring that kmon does not support "
                "yet | remove it, or pass `--allow-unknown` to go on without it"
            ),
        ),
        (
            "podLogsViaLoki: {secretFilter: {enabled: true}}",
            (
                "v:1:18: error KM105 `podLogsViaLoki.secretFilter` is a key of k8s-monitoring that kmon does "
                "not support "
                "yet | remove it, or pass `--allow-unknown` to go on without it"
            ),
        ),
        (
            "podLogs: {enabled: true}",
            (
                "v:1:1: error KM106 `podLogs` is a key of older k8s-monitoring values, version 4 has "
                "`podLogsViaLoki` | "
                "write `podLogsViaLoki`"
            ),
        ),
        (
            "destinations: [{name: a}]",
            (
                "v:1:1: error KM113 `destinations` is a list, as in values of k8s-monitoring 3; it is a map "
                "from name to "
                "settings now | write `destinations: {logs: {type: loki, url: …}}`: each item's `name` becomes its key"
            ),
        ),
        (
            "presets: pod-logs",
            "v:1:10: error KM107 `presets` takes a list, this is a text | write `[a, b]`, or one `- item` a line",
        ),
        (
            "destinations: {type: loki}",
            (
                "v:1:16: error KM113 `destinations.type` is a text; `destinations` is a map from name to settings | "
                "write `destinations: {logs: {type: loki, url: …}}`"
            ),
        ),
        (
            "cluster: prod",
            "v:1:10: error KM107 `cluster` takes a map, this is a text | write its keys below it, such as `name: …`",
        ),
        (
            "podLogsViaLoki: {cri: {maxPartialLines: -1}}",
            "v:1:41: error KM110 `podLogsViaLoki.cri.maxPartialLines`: must be at least 0 | None",
        ),
        (
            "podLogsViaLoki: {namespaces: ['']}",
            "v:1:31: error KM110 `podLogsViaLoki.namespaces[0]`: must not be empty | None",
        ),
        (
            "podLogsViaLoki: {labelSelectors: {a b: c}}",
            (
                "v:1:35: error KM110 `podLogsViaLoki.labelSelectors.a b`: `a b` is no label of Kubernetes, such as "
                "`app.kubernetes.io/name` | None"
            ),
        ),
        (
            "destinations: {a: {type: loki, url: loki/push}}",
            "v:1:37: error KM110 `destinations.a.url`: `loki/push` is no URL such as `https://host/path` | None",
        ),
        (
            "collectors: {c: {alloy: {stabilityLevl: experimental}}}",
            (
                "v:1:26: error KM104 unknown key `stabilityLevl` in `collectors.c.alloy` | "
                "did you mean `stabilityLevel`?"
            ),
        ),
        (
            "collectors: {c: {alloy: {clustering: {enabled: true}}}}",
            (
                "v:1:26: error KM105 `collectors.c.alloy.clustering` is a key of k8s-monitoring that kmon does not "
                "support yet | remove it, or pass `--allow-unknown` to go on without it"
            ),
        ),
        (
            "clusterEvents: {includeReasons: [BackOff, '(']}",
            (
                "v:1:43: error KM110 `clusterEvents.includeReasons[1]`: `(` is no valid RE2 expression: "
                "missing ): ( | None"
            ),
        ),
        (
            "clusterEvents: {namespaces: [kube-.*]}",
            "v:1:30: error KM110 `clusterEvents.namespaces[0]`: `kube-.*` is no name of a namespace | None",
        ),
        (
            "collectors: {c: {controller: {volumeClaimTemplates: [{spec: {}}]}}}",
            (
                "v:1:54: error KM109 `collectors.c.controller.volumeClaimTemplates[0].metadata` is missing | "
                "write `metadata: …`"
            ),
        ),
        ("presets: [3]", "v:1:11: error KM107 `presets[0]` takes a text, this is a number | put the value in quotes"),
        ("presets: [pod-log]", "v:1:11: error KM120 there is no preset `pod-log` | did you mean `pod-logs`?"),
        (
            "cluster: {name: 5}",
            "v:1:17: error KM107 `cluster.name` takes a text, this is a number | put the value in quotes",
        ),
        (
            "podLogsViaLoki: {discoveryMethod: anotation}",
            "v:1:35: error KM108 `podLogsViaLoki.discoveryMethod` cannot be `anotation` | did you mean `annotation`?",
        ),
        (
            "podLogsViaLoki: {cri: {maxPartialLines: 1.5}}",
            (
                "v:1:41: error KM107 `podLogsViaLoki.cri.maxPartialLines` takes a whole number, this is a number "
                "with a fraction | None"
            ),
        ),
        (
            "destinations: {a: {type: loki, timeout: 5x}}",
            "v:1:41: error KM110 `destinations.a.timeout`: `5x` is no duration such as `30s` or `5m` | None",
        ),
        (
            "podLogsViaLoki: {staticLabels: {a-b: c}}",
            (
                "v:1:33: error KM110 `podLogsViaLoki.staticLabels.a-b`: `a-b` is no label name: letters, "
                "digits and `_`, "
                "no digit first | None"
            ),
        ),
        (
            "destinations: {a: {url: http://x}}",
            "v:1:16: error KM109 `destinations.a.type` is missing | write `type: loki`",
        ),
        (
            "destinations: {a: {type: otlp}}",
            "v:1:26: error KM115 `destinations.a.type: otlp` is not supported by kmon yet | supported: `loki`",
        ),
        (
            "destinations: {a: {type: lokki}}",
            "v:1:26: error KM108 `destinations.a.type` cannot be `lokki` | did you mean `loki`?",
        ),
    ],
)
def test_findings(text: str, finding: str) -> None:
    assert check(text)[1] == [finding]


@pytest.mark.parametrize("source", ["''", "null", "shop"])
def test_what_is_no_field_of_an_event_is_none_under_its_own_name_either(source: str) -> None:
    (finding,) = check(f"clusterEvents: {{labels: {{shop: {source}}}}}")[1]
    assert "KM108 `clusterEvents.labels.shop` cannot be `shop` | it takes `action`" in finding


def test_everything_is_reported_at_once() -> None:
    assert len(check("clustr: {}\npresets: x\npodLogsViaLoki: {enabled: maybe, cri: {maxPartialLines: -1}}\n")[1]) == 4


@pytest.mark.parametrize("text", ["clustr: {}", "clusterMetrics: {enabled: true}"])
def test_allow_unknown_downgrades(text: str) -> None:
    document, findings = check(text, allow_unknown=True)
    assert len(findings) == 1
    assert " warning " in findings[0]
    assert not document.user.entries


def test_an_unsupported_feature_that_is_switched_off_is_a_warning() -> None:
    diagnostics = Diagnostics()
    validate(load(Source("v", "clusterMetrics: {enabled: false}"), diagnostics), diagnostics)
    assert [d.severity for d in diagnostics] == [Severity.WARNING]


def test_defaults_are_filled_in() -> None:
    document, findings = check(
        "destinations: {a: {type: loki}}\ncollectors: {c: {}}\npodLogsViaLoki: {labels: {x: z}}\n"
    )
    assert not findings
    root = document.view()
    assert root["destinations"]["a"]["maxBackoffRetries"].value == 10
    assert root["collectors"]["c"]["logging"]["level"].value == "info"
    labels = {name: setting.value for name, setting in root["podLogsViaLoki"]["labels"].items()}
    assert labels == {"app_kubernetes_io_name": "app.kubernetes.io/name", "x": "z"}


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("podLogsViaLoki:", ("podLogsViaLoki", "cri", "maxPartialLines"), 100),
        ("podLogsViaLoki: {cri: null}", ("podLogsViaLoki", "cri", "maxPartialLines"), 100),
        ("destinations: {a: {type: loki, maxBackoffRetries: null}}", ("destinations", "a", "maxBackoffRetries"), 10),
        ("destinations: {a: {type: loki, auth: null}}", ("destinations", "a", "auth", "usernameKey"), "username"),
        ("destinations: {a: {type: loki, clusterLabels: null}}", ("destinations", "a", "clusterLabels"), []),
        ("collectors: {c: {logging: null}}", ("collectors", "c", "logging", "level"), "info"),
    ],
)
def test_a_null_setting_is_not_written_and_a_null_list_is_empty(
    text: str, path: tuple[str, ...], value: object
) -> None:
    document, findings = check(text)
    assert not findings
    found = document.view()
    for key in path[:-1]:
        found = found.section(key)
    assert found[path[-1]].value == value


def test_a_null_destination_or_collector_is_not_there() -> None:
    document, findings = check("destinations: {a: null}\ncollectors: {c: null}\n")
    assert not findings
    root = document.view()
    assert root["destinations"].items() == root["collectors"].items() == []


def test_what_was_refused_is_known() -> None:
    root = check("cluster: {name: 5}\npodLogsViaLoki: {namespaces: [a, 1]}\n")[0].view()
    assert root["cluster"].refused("name")
    assert not root["cluster"].refused("nameFrom")
    assert root["podLogsViaLoki"]["namespaces"].value == ["a"]


def test_a_null_removes_a_default() -> None:
    document, findings = check("podLogsViaLoki: {annotations: {job: null}, structuredMetadata: null}\n")
    assert not findings
    values = document.view()["podLogsViaLoki"]
    assert values["annotations"].items() == []
    assert values["structuredMetadata"].items() == []


def test_reads_are_recorded() -> None:
    document, _ = check("cluster: {name: x}\n")
    root = document.view()
    assert not document.read
    assert root["cluster"]["name"].value == "x"
    assert document.read == {("cluster", "name")}
    with pytest.raises(KeyError):
        root["cluster"]["nothing"]
