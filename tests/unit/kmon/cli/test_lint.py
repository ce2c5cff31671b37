"""`kmon lint` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kmon.cli import app

UNFED = 'loki.echo "e" { }\n'
SOURCE = 'loki.source.api "a" {\n\tforward_to = [loki.echo.e.receiver]\n}\n'
VALUES = "cluster: {name: c}\npresets: [pod-logs]\ndestinations:\n  logs: {type: loki, url: https://loki/push}\n"


def run(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["lint", *arguments], input=stdin, env={"NO_COLOR": "1"})
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def unfed(tmp_path: Path) -> Path:
    path = tmp_path / "config.alloy"
    path.write_text(UNFED)
    return path


def test_text_begins_with_the_place(unfed: Path) -> None:
    code, out, errors = run(str(unfed))
    assert (code, errors) == (1, "1 warning\n")
    assert out.splitlines()[:2] == [
        f"{unfed}:1:1: warning[KM310]: nothing is sent to `loki.echo.e`",
        '  1 | loki.echo "e" { }',
    ]


def test_clean(tmp_path: Path) -> None:
    assert run("-", stdin=SOURCE + UNFED) == (0, "", "")
    assert run("-", stdin="") == (0, "", "")


def test_json(unfed: Path) -> None:
    code, out, _ = run(str(unfed), "--output-format", "json")
    assert code == 1
    assert json.loads(out)[0] == {
        "code": "KM310",
        "severity": "warning",
        "message": "nothing is sent to `loki.echo.e`",
        "help": "name `loki.echo.e.receiver` in the `forward_to` or `output` of another component, or remove it",
        "file": str(unfed),
        "line": 1,
        "column": 1,
        "end_line": 1,
        "end_column": 14,
    }


def test_sarif_and_github(unfed: Path) -> None:
    log = json.loads(run(str(unfed), "--output-format", "sarif")[1])
    rule = log["runs"][0]["tool"]["driver"]["rules"][0]
    assert rule["shortDescription"]["text"] == "A component that receives telemetry and that nobody feeds"
    assert "*Why it hurts*" in rule["help"]["markdown"]
    assert run(str(unfed), "--output-format", "github")[1].startswith("::warning file=")
    assert json.loads(run("-", "--output-format", "sarif", stdin="")[1])["runs"][0]["results"] == []


def test_select_ignore_severity(unfed: Path) -> None:
    assert run(str(unfed), "--ignore", "KM3")[0] == 0
    assert run(str(unfed), "--select", "km310,KM4")[0] == 1
    assert run(str(unfed), "--severity", "error")[0] == 0
    code, _, errors = run(str(unfed), "--select", "nobody_feeds")
    assert (code, errors) == (2, "kmon lint: `NOBODY_FEEDS` is neither a code (`KM310`) nor a family (`KM3`)\n")


def test_baseline(unfed: Path, tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    baseline.write_text(run(str(unfed), "--output-format", "json")[1])
    assert run(str(unfed), "--baseline", str(baseline))[0] == 0
    unfed.write_text(UNFED + 'loki.echo "new" { }\n')
    code, out, _ = run(str(unfed), "--baseline", str(baseline))
    assert (code, out.count("KM310")) == (1, 1)
    baseline.write_text("no json")
    assert run(str(unfed), "--baseline", str(baseline))[0] == 2


def test_workload() -> None:
    events = 'loki.source.kubernetes_events "a" {\n\tforward_to = [loki.echo.e.receiver]\n}\n' + UNFED
    assert run("-", stdin=events)[0] == 0
    assert "KM701" in run("-", "--workload", "daemonset", stdin=events)[1]
    assert run("-", "--workload", "deployment", stdin=events)[0] == 0
    assert run("-", "--workload", "cronjob", stdin=events)[0] == 2


def test_the_flags_that_a_configuration_is_run_with() -> None:
    experimental = 'otelcol.receiver.tcplog "t" {\n\tlisten_address = "localhost:5140"\n\n\toutput { }\n}\n'
    community = 'otelcol.exporter.datadog "d" {\n\tapi {\n\t\tapi_key = sys.env("K")\n\t}\n}\n'
    allow = ("--stability.level", "experimental", "--feature.community-components.enabled")
    for text in (experimental, community):
        assert run("-", "--select", "KM318", "--severity", "info", stdin=text)[0] == 1
        assert run("-", "--select", "KM318,KM2", "--severity", "info", *allow, stdin=text) == (0, "", "")
    assert "KM247" in run("-", "--stability.level", "generally-available", stdin=experimental)[1]
    assert run("-", "--stability.level", "beta", stdin=experimental)[0] == 2


def test_values_through_the_compile(tmp_path: Path) -> None:
    values = tmp_path / "values.yaml"
    values.write_text(VALUES)
    assert run(str(values)) == (0, "", "")
    stages = "podLogsViaLoki:\n  extraLogProcessingStages: |\n    stage.drop { }\n"
    values.write_text(VALUES + stages)
    code, out, _ = run(str(values))
    assert (code, out.splitlines()[:2]) == (
        1,
        [f"{values}:7:5: error[KM422]: `stage.drop` has no condition", "  7 |     stage.drop { }"],
    )
    assert "note: from `podLogsViaLoki.extraLogProcessingStages`\n" in out
    assert run("-", stdin=VALUES)[0] == 0


def test_values_that_do_not_compile(tmp_path: Path) -> None:
    values = tmp_path / "values.yaml"
    values.write_text("nope: 1\n")
    assert run(str(values))[0] == 1


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one/source.alloy").write_text(SOURCE)
    (tmp_path / "one/echo.alloy").write_text(UNFED)
    assert run(str(tmp_path)) == (0, "", ""), "files that refer to each other are one configuration"
    (tmp_path / "two").mkdir()
    for name in ("a", "b"):
        (tmp_path / f"two/{name}.alloy").write_text(SOURCE + UNFED)
    assert run(str(tmp_path)) == (0, "", ""), "files that say the same are configurations of their own"


def test_what_cannot_be_read(tmp_path: Path) -> None:
    assert run(str(tmp_path / "nope.alloy"))[2] == f"kmon lint: {tmp_path}/nope.alloy: no such file or directory\n"
    (tmp_path / "latin.alloy").write_bytes(b"// \xe9\n")
    assert run(str(tmp_path / "latin.alloy"))[0] == 2


OLD = 'loki.write "w" {\n\tendpoint {\n\t\turl = env("URL")\n\t}\n}\n' + SOURCE.replace("loki.echo.e", "loki.write.w")


def test_fix_writes_what_is_sure_and_shows_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "config.alloy"
    path.write_text(OLD + UNFED)
    code, out, errors = run(str(path))
    assert (code, errors) == (1, "2 warnings, 1 fixable by `--fix`\n")
    code, out, errors = run(str(path), "--fix")
    assert (code, out.count("KM310"), "KM249" in out) == (1, 1, False)
    assert errors == f"{path}:3:9: fixed[KM249]: function `env` is deprecated\n1 warning, 1 fixed\n"
    assert path.read_text() == (OLD + UNFED).replace("env", "sys.env")
    assert run(str(path), "--fix")[2] == "1 warning\n"


def test_fix_until_nothing_is_left(tmp_path: Path) -> None:
    path = tmp_path / "config.alloy"
    path.write_text(OLD)
    code, out, errors = run(str(tmp_path), "--fix", "--output-format", "json")
    assert (code, json.loads(out)) == (0, [])
    assert errors == f"{path}:3:9: fixed[KM249]: function `env` is deprecated\n"
    assert run(str(path), "--fix") == (0, "", "")


def test_fix_keeps_to_what_is_asked_for(tmp_path: Path) -> None:
    path, baseline = tmp_path / "config.alloy", tmp_path / "baseline.json"
    path.write_text(OLD)
    baseline.write_text(run(str(path), "--output-format", "json")[1])
    for asked in (["--ignore", "KM249"], ["--severity", "error"], ["--baseline", str(baseline)]):
        assert run(str(path), "--fix", *asked) == (0, "", "")
    assert path.read_text() == OLD
    assert run("-", "--fix", stdin=OLD) == (2, "", "kmon lint: `--fix` writes files, which stdin is not\n")


def test_fix_of_a_file_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.alloy"
    path.write_text(OLD)

    def refuse(path: Path, text: str) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("kmon.linting.replace_text", refuse)
    assert run(str(path), "--fix") == (2, "", f"kmon lint: {path}: permission denied\n")


def test_values_are_laid_upon_each_other_as_in_helm(tmp_path: Path) -> None:
    base, live = tmp_path / "base.yaml", tmp_path / "live.yaml"
    base.write_text("cluster: {name: c}\npresets: [pod-logs]\n")
    live.write_text("destinations:\n  logs: {type: loki, url: https://loki/push}\n")
    assert run(str(base))[0] == 1
    assert run(str(base), "-f", str(live)) == (0, "", "")
    assert run("-f", str(base), "-f", str(live)) == (0, "", "")
    assert run("-f", str(base), "-f", "-", stdin=live.read_text()) == (0, "", "")
    assert run(str(base), "--set", "destinations.logs.type=loki,destinations.logs.url=https://loki/push") == (0, "", "")
    other = tmp_path / "other.yaml"
    other.write_text(base.read_text() + "nope: 1\n")
    code, out, _ = run(str(base), str(other), "-f", str(live))
    assert (code, out.splitlines()[0]) == (1, f"{other}:3:1: error[KM104]: unknown key `nope`")


def test_a_configuration_beside_values_that_are_given_as_options(tmp_path: Path, unfed: Path) -> None:
    values = tmp_path / "values.yaml"
    values.write_text(VALUES + "nope: 1\n")
    code, out, _ = run(str(unfed), "-f", str(values))
    assert (code, "KM310" in out, "KM104" in out) == (1, True, True)


def test_what_makes_no_sense_to_look_at() -> None:
    assert run()[::2] == (2, "kmon lint: nothing to look at: name a file or a folder, or `-` for stdin\n")
    assert run("-", "-f", "-", stdin="")[::2] == (2, "kmon lint: stdin (`-`) can be read once only\n")


def test_a_comment_in_values_silences_what_they_cause(tmp_path: Path) -> None:
    values = tmp_path / "values.yaml"
    snippet = "podLogsViaLoki:\n  %sextraLogProcessingStages: |\n    stage.drop { }\n"
    values.write_text(VALUES + snippet % "# kmon:ignore KM422 dropped by the overlay\n  ")
    assert run(str(values)) == (0, "", "")
    values.write_text(VALUES + snippet % "# kmon:ignore KM420 dropped by the overlay\n  ")
    code, out, errors = run(str(values))
    assert (code, out.count("KM422"), out.count("KM290")) == (1, 1, 1)
    assert "fixable" not in errors, "only configurations are mended"
    values.write_text(VALUES + "# kmon:ignore KM422 why\nnope: 1\n")
    code, out, _ = run(str(values))
    assert (code, "KM290" in out) == (1, False), "after an error lint has not looked"


def test_a_file_that_is_named_twice_is_read_once(unfed: Path) -> None:
    assert run(str(unfed), str(unfed.parent))[2] == "1 warning\n"
