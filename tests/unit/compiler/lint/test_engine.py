"""Selection, modules, comments, baselines."""

from __future__ import annotations

import pytest

from compiler.diagnostics import Diagnostics, Severity, Source
from compiler.lint import Place, Selection, lint
from compiler.lint.baseline import BaselineError, new_findings, read_baseline
from compiler.reporting import json_report
from compiler.syntax import parse
from tests.unit.compiler.lint.pages import found

UNFED = 'loki.echo "e" { }\n'


def codes(text: str) -> list[str]:
    return [code for code, _, _ in found(text)]


def linted(text: str, selection: Selection) -> list[str]:
    diagnostics = Diagnostics()
    return [one.code for one in lint([parse(Source("c", text), diagnostics)], diagnostics, selection=selection)]


def test_after_a_syntax_error_nothing_else_is_said() -> None:
    assert codes(UNFED + "loki.echo {{\n")[0].startswith("KM20")
    assert "KM310" not in codes(UNFED + "loki.echo {{\n")


def test_after_an_unknown_reference_the_wiring_is_not_looked_at() -> None:
    text = 'loki.source.api "a" {\n forward_to = [loki.echo.f.receiver]\n}\n' + UNFED
    assert codes(text) == ["KM245"]


@pytest.mark.parametrize(
    ("select", "ignore", "wanted"),
    [
        ((), (), ["KM310", "KM311"]),
        (("KM311",), (), ["KM311"]),
        (("KM3",), ("KM310",), ["KM311"]),
        ((), ("KM3",), []),
    ],
)
def test_selection(select: tuple[str, ...], ignore: tuple[str, ...], wanted: list[str]) -> None:
    text = UNFED + 'discovery.kubernetes "k" {\n role = "pod"\n}\n'
    assert linted(text, Selection(select, ignore)) == wanted


def test_the_inside_of_a_module_is_looked_at() -> None:
    text = """declare "m" {
  argument "to" { }
  loki.process "p" {
    forward_to = argument.to.value
    stage.drop { }
  }
  export "receiver" {
    value = loki.process.p.receiver
  }
}
m "x" {
  to = [loki.echo.e.receiver]
}
loki.source.api "a" {
  forward_to = [m.x.receiver]
}
"""
    assert found(text + UNFED) == [("KM422", 5, "`stage.drop` has no condition")]


def test_a_module_sees_the_components_that_are_declared_around_it() -> None:
    assert codes('declare "a" { }\ndeclare "b" {\n a "x" { }\n}\nb "y" { }\n') == []
    assert codes('declare "b" {\n a "x" { }\n}\nb "y" { }\n') == ["KM240"]


def test_all_184_components_are_read() -> None:
    text = 'prometheus.exporter.mysql "m" {\n data_source_name = sys.env("DSN")\n}\npyroscope.write "w" { }\n'
    assert set(codes(text)) == {"KM310", "KM311", "KM314"}


@pytest.mark.parametrize(
    "text",
    [
        "// kmon:ignore KM310 wired by the overlay\n" + UNFED,
        'loki.echo "e" { } // kmon:ignore KM310 wired by the overlay\n',
        "/* kmon:ignore KM310 wired by the overlay */\n" + UNFED,
    ],
)
def test_a_comment_silences_its_statement(text: str) -> None:
    assert codes(text) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("// kmon:ignore KM311 why\n" + UNFED, ["KM290", "KM310"]),
        ("// kmon:ignore KM310\n" + UNFED, ["KM290", "KM310"]),
        ("// kmon:ignore\n" + UNFED, ["KM290", "KM310"]),
        ("// kmon:ignore KM310 why\nlogging { }\n" + UNFED, ["KM290", "KM310"]),
        ("// kmon:ignored is another word\n" + UNFED, ["KM310"]),
    ],
)
def test_a_comment_that_silences_nothing_is_a_finding(text: str, wanted: list[str]) -> None:
    assert codes(text) == wanted


def test_where_not_all_was_looked_for_no_comment_is_for_nothing() -> None:
    text = 'loki.source.api "a" {\n forward_to = [loki.echo.f.receiver]\n}\n'
    assert codes("// kmon:ignore KM312 why\n" + text) == ["KM245"]


def test_a_comment_for_what_is_not_selected_is_not_unused() -> None:
    assert linted("// kmon:ignore KM310 why\n" + UNFED, Selection(ignore=("KM310",))) == []


def test_a_baseline_takes_away_what_was_there() -> None:
    def findings(text: str) -> Diagnostics:
        diagnostics = Diagnostics()
        return lint([parse(Source("c", text), diagnostics)], diagnostics)

    before = read_baseline(json_report(findings(UNFED)))
    assert new_findings(findings("\n\n" + UNFED), before) == []
    assert [one.code for one in new_findings(findings(UNFED + 'loki.echo "f" { }'), before)] == ["KM310"]
    for other in ('{"a": 1}', "[" * 100_000):
        with pytest.raises(BaselineError):
            read_baseline(other)


def test_rules_keep_silent_about_what_only_running_shows() -> None:
    text = """loki.source.file "f" {
  targets    = [{"__path__" = sys.env("FILE"), "app" = sys.env("APP")}]
  forward_to = [loki.process.p.receiver]
}
loki.process "p" {
  forward_to = [loki.write.w.receiver]
  stage.match {
    selector = sys.env("SELECTOR")
    stage.drop {
      expression = sys.env("DROP")
    }
  }
  stage.timestamp {
    source = sys.env("SOURCE")
    format = sys.env("FORMAT")
  }
}
loki.write "w" {
  endpoint {
    url          = sys.env("URL")
    bearer_token = sys.env("TOKEN")
  }
}
"""
    assert found(text) == []


def test_idioms_that_are_meant() -> None:
    rules_only = """loki.relabel "rules" {
  forward_to = []
  rule {
    source_labels = ["__journal__systemd_unit"]
    target_label  = "unit"
  }
}
loki.source.journal "j" {
  relabel_rules = loki.relabel.rules.rules
  forward_to    = [loki.echo.e.receiver]
}
"""
    assert found(rules_only + UNFED) == []


def test_severities() -> None:
    diagnostics = Diagnostics()
    text = 'otelcol.exporter.loki "l" {\n forward_to = [loki.echo.e.receiver]\n}\n' + UNFED
    found = lint([parse(Source("c", text), diagnostics)], diagnostics)
    assert [one.severity for one in found] == [Severity.INFO]


def test_what_reads_by_itself_need_not_be_fed() -> None:
    text = """prometheus.exporter.postgres "p" {
  data_source_names = [sys.env("DSN")]
}
database_observability.postgres "d" {
  data_source_name = sys.env("DSN")
  targets          = prometheus.exporter.postgres.p.targets
  forward_to       = [loki.echo.e.receiver]
}
"""
    assert found(text + UNFED) == []


@pytest.mark.parametrize(
    ("kind", "singleton", "wanted"),
    [("daemonset", False, ["KM701"]), ("deployment", True, []), ("statefulset", False, [])],
)
def test_a_source_of_the_cluster(kind: str, singleton: bool, wanted: list[str]) -> None:
    text = 'loki.source.kubernetes_events "a" {\n forward_to = [loki.echo.e.receiver]\n}\n' + UNFED
    diagnostics = Diagnostics()
    file = parse(Source("c", text), diagnostics)
    place = Place(kind=kind, replicas=1 if singleton else None)
    assert [one.code for one in lint([file], diagnostics, place=place)] == wanted


def test_of_two_equal_targets_one_is_read() -> None:
    text = """loki.source.file "f" {
  targets    = [{"__path__" = "/a", "app" = "x"}, {"__path__" = "/a",  "app" = "x"}]
  forward_to = [loki.echo.e.receiver]
}
"""
    assert found(text + UNFED) == []
