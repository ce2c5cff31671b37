"""Fixes: for every code that has one a text before and after; what is not sure stays."""

from __future__ import annotations

import inspect
from collections.abc import Iterable

import pytest

from compiler.diagnostics import Diagnostic, Diagnostics, Edit, Fact, Severity, Source, Span
from compiler.lint import Place, lint
from compiler.lint import fix as engine
from compiler.lint.fix import fixable, fixed
from compiler.lint.registry import pages
from compiler.syntax import format_text, parse
from kmon.errors import every_fact

SINK = '\nloki.write "logs" {\n\tendpoint {\n\t\turl = "http://loki/push"\n\t}\n}\n'
API = 'loki.source.api "in" {\n\tforward_to = %s\n}\n' + SINK
RECEIVER = "[loki.write.logs.receiver]"
CRI = (
    'loki.source.file "pods" {\n'
    '\ttargets    = [{"__path__" = "/var/log/pods/a/b/0.log", "host" = constants.hostname}]\n'
    "\tforward_to = [loki.process.pods.receiver]\n"
    "}\n\n"
    'loki.process "pods" {\n'
    "\tforward_to = [loki.write.logs.receiver]%s\n"
    "}\n"
) + SINK


def endpoint(inside: str) -> str:
    return API.replace("endpoint {\n", f"endpoint {{\n\t\t{inside}\n") % RECEIVER


def scrape(inside: str) -> str:
    return (
        'prometheus.scrape "s" {\n\ttargets = [{"__address__" = "a:1"}]\n'
        f"\tforward_to = [prometheus.remote_write.m.receiver]\n\t{inside}\n}}\n"
        'prometheus.remote_write "m" {\n\tendpoint {\n\t\turl = "http://m/api/v1/push"\n\t}\n}\n'
    )


def rule(inside: str) -> str:
    body = f'\tforward_to = {RECEIVER}\n\trule {{\n\t\tsource_labels = ["app"]\n\t\t{inside}\n\t}}\n'
    return API % "[loki.relabel.r.receiver]" + f'loki.relabel "r" {{\n{body}}}\n'


MODULE = 'import.string "lib" {\n\tcontent = `declare "thing" { }`\n}\nlib.%s "x" { }\n'

FIXES = {
    "KM221 brackets around a reference": (API % "loki.write.logs.receiver", API % RECEIVER),
    "KM221 brackets around a text": (
        rule('target_label = "a"').replace('["app"]', '"app"'),
        rule('target_label = "a"'),
    ),
    "KM221 brackets around an object": (
        CRI.replace("[{", "{").replace("}]", "}") % "\n\n\tstage.cri { }",
        CRI % "\n\n\tstage.cri { }",
    ),
    "KM221 quotes of a bool": (scrape('honor_labels = "true"'), scrape("honor_labels = true")),
    "KM221 a bool as text": (endpoint("tenant_id = true"), endpoint('tenant_id = "true"')),
    "KM224 a function's name": (
        endpoint('tenant_id = string.to_uper("a")'),
        endpoint('tenant_id = string.to_upper("a")'),
    ),
    "KM231 days": (endpoint('remote_timeout = "2d"'), endpoint('remote_timeout = "48h"')),
    "KM233 a slip": (
        rule('action = "kepp"\n\t\tregex = "x"'),
        rule('action = "keep"\n\t\tregex = "x"'),
    ),
    "KM233 upper case": (
        rule('action = "Keep"\n\t\tregex = "x"'),
        rule('action = "keep"\n\t\tregex = "x"'),
    ),
    "KM234 a reference in quotes": (API % '["loki.write.logs.receiver"]', API % RECEIVER),
    "KM240 a component's name": (
        (API % RECEIVER).replace("loki.source.api", "loki.source.apii"),
        API % RECEIVER,
    ),
    "KM242 a label that means nothing": ('logging "x" {\n\tlevel = "info"\n}\n', 'logging {\n\tlevel = "info"\n}\n'),
    "KM245 a reference": (API % "[loki.write.lgos.receiver]", API % RECEIVER),
    "KM245 the type of a reference": (API % "[loki.wrte.logs.receiver]", API % RECEIVER),
    "KM246 an export": (API % "[loki.write.logs.reciever]", API % RECEIVER),
    "KM249 an old name": (endpoint('tenant_id = env("T")'), endpoint('tenant_id = sys.env("T")')),
    "KM251 a module's component": (MODULE % "thng", MODULE % "thing"),
    "KM260 an attribute": (endpoint('tennant_id = "a"'), endpoint('tenant_id = "a"')),
    "KM260 a block": (
        CRI % "\n\tstage.crri { }",
        CRI % "\n\tstage.cri { }",
    ),
    "KM268 a label of an inner block": (
        (API % RECEIVER).replace("endpoint {", 'endpoint {\n\t\tqueue_config "x" { }'),
        (API % RECEIVER).replace("endpoint {", "endpoint {\n\t\tqueue_config { }"),
    ),
    "KM271 the export of a component": (API % "[loki.write.logs]", API % RECEIVER),
    "KM290 a line of its own": ("// kmon:ignore KM431 why\n" + API % RECEIVER, API % RECEIVER),
    "KM290 behind a statement": ((API % f"{RECEIVER} // kmon:ignore KM431 why"), API % RECEIVER),
    "KM411 no stages": (CRI % "", CRI % "\n\n\tstage.cri { }"),
    "KM411 before the other stages": (
        CRI % " // on\n\n\tstage.json {\n\t\texpressions = {level = ``}\n\t}",
        CRI % " // on\n\n\tstage.cri { }\n\n\tstage.json {\n\t\texpressions = {level = ``}\n\t}",
    ),
}  # fmt: skip

NOT_SURE = {
    "KM221 a list in a text": rule('target_label = "a"').replace('["app"]', '"app, b"'),
    "KM231 no unit": endpoint('remote_timeout = "15"'),
    "KM245 another number": API % "[loki.write.logs2.receiver]",
    "KM260 both names stand there": endpoint('tennant_id = "a"\n\t\ttenant_id = "b"'),
    "KM260 the value does not fit": endpoint("tennant_id = [1]"),
    "KM271 nothing fits": 'loki.source.api "in" {\n\tforward_to = [discovery.docker.d]\n}\ndiscovery.docker "d" { }\n',
    "KM290 no reason": "// kmon:ignore KM310\n" + API % RECEIVER,
    "KM411 other lines get there too": (CRI % "")
    + 'loki.source.api "in" {\n\tforward_to = [loki.process.pods.receiver]\n}\n',
}


def everything(found: Iterable[Diagnostic]) -> Iterable[Diagnostic]:
    return found


def linted(text: str) -> Diagnostics:
    parsed = Diagnostics()
    return lint([parse(Source("c.alloy", text), parsed)], parsed)


def mended(text: str) -> tuple[str, list[str]]:
    (after,), found = fixed([Source("c.alloy", text)], Place(), everything)
    return after.text, [one.code for one in found]


@pytest.mark.parametrize("name", FIXES)
def test_the_finding_goes_and_nothing_else_changes(name: str) -> None:
    before, after = FIXES[name]
    code = name[:5]
    assert code in {one.code for one in linted(before)}
    text, codes = mended(before)
    assert (text, set(codes)) == (after, {code})
    assert code not in {one.code for one in linted(text)}
    assert format_text(Source("c.alloy", text), Diagnostics()) is not None
    assert mended(text) == (text, [])


@pytest.mark.parametrize("name", NOT_SURE)
def test_what_is_not_sure_stays(name: str) -> None:
    text = NOT_SURE[name]
    assert name[:5] in {one.code for one in linted(text)}
    assert mended(text) == (text, [])


def test_every_fix_is_tested_and_stands_on_its_page() -> None:
    able = {code for code, fact in every_fact().items() if fact.fix is not Fact.fix}
    assert able == {name[:5] for name in FIXES}
    assert able == {code for code, fact in every_fact().items() if "*Fix*: " in (inspect.getdoc(fact) or "")}


@pytest.mark.parametrize("code", [code for code, page in pages().items() if "*Fix*" in page.page])
def test_of_a_rule_with_a_fix_the_page_is_the_only_text(code: str) -> None:
    assert pages()[code].page.rstrip().rpartition("\n\n")[2].startswith("*Fix*: ")


def test_one_that_does_not_hold_does_not_stop_the_others() -> None:
    text = endpoint('tennant_id = "a"\n\t\ttenant_id = "b"\n\t\tremote_timout = "1h"\n\t\tbatch_wait = "1d"')
    after, codes = mended(text)
    assert after == text.replace("timout", "timeout").replace("1d", "24h")
    assert codes == ["KM260", "KM231"]


def test_while_the_text_is_misread_nothing_else_is_mended() -> None:
    text = "// kmon:ignore KM310 why\n" + endpoint("nothing_like_it = 1")
    assert {one.code for one in linted(text)} == {"KM290", "KM260"}
    assert mended(text) == (text, [])


def test_only_what_is_wanted_is_mended() -> None:
    text = endpoint('tenant_id = env("T")')
    (after,), found = fixed([Source("c", text)], Place(), lambda found: [one for one in found if one.code != "KM249"])
    assert (after.text, found) == (text, [])


def test_a_text_with_a_syntax_error_is_left_alone() -> None:
    assert mended("// kmon:ignore KM431 why\nloki.echo {{\n") == ("// kmon:ignore KM431 why\nloki.echo {{\n", [])


def test_several_files_are_mended_together() -> None:
    source, sink = (API % "[loki.write.lgos.receiver]").partition("\nloki.write")[::2]
    texts, found = fixed([Source("a", source), Source("b", "loki.write" + sink)], Place(), everything)
    assert [one.text for one in texts] == [source.replace("lgos", "logs"), "loki.write" + sink]
    assert [one.code for one in found] == ["KM245"]


def test_of_two_edits_that_touch_the_first_is_taken() -> None:
    source, other = Source("a", "abcdef"), Source("b", "abcdef")

    def finding(start: int, end: int, of: Source = source) -> Diagnostic:
        span = Span(of, start, end)
        return Diagnostic("KM999", Severity.ERROR, "m", span, fix=(Edit(span, "x"),))

    first, touching, apart, elsewhere = finding(0, 2), finding(2, 3), finding(4, 5), finding(0, 1, other)
    assert fixable([apart, touching, elsewhere, first], [source]) == [first, apart]


def test_what_would_break_the_text_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source("c.alloy", API % RECEIVER)
    broken = Diagnostic("KM999", Severity.WARNING, "m", None, fix=(Edit(Span(source, 0, 0), "}"),))
    monkeypatch.setattr(engine, "fixable", lambda found, sources: [broken])
    assert fixed([source], Place(), everything) == ([source], [])
