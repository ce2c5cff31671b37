"""The typed check: each row is a configuration with the part to blame between « and », the code, and the help."""

from __future__ import annotations

import pytest

from compiler.catalog import load_catalog
from compiler.check import check_graph
from compiler.diagnostics import Diagnostics, Source
from compiler.graph import build_graph
from compiler.syntax import parse

AROUND = """
local.file "f" { filename = "x" }
discovery.kubernetes "pods" { role = "pod" }
prometheus.remote_write "m" { }
otelcol.exporter.debug "o" { }
remote.kubernetes.secret "s" {
  namespace = "a"
  name      = "b"
}
loki.write "w" {
  endpoint {
    url = "http://l"
  }
}
"""


def check(text: str) -> Diagnostics:
    diagnostics = Diagnostics()
    file = parse(Source("config.alloy", text + AROUND), diagnostics)
    check_graph(build_graph([file], load_catalog(), diagnostics, stability="experimental"), diagnostics)
    return diagnostics


def blamed(text: str) -> list[tuple[str, str, str | None]]:
    """Code, text to blame and help of each finding."""
    return [
        (d.code, d.span.source.text[d.span.start : d.span.end] if d.span else "", d.help)
        for d in check(text.replace("«", "").replace("»", "")).sorted()
    ]


def marked(text: str) -> str:
    return text[text.index("«") + 1 : text.index("»")]


def attribute(text: str) -> str:
    return f'loki.source.file "x" {{\n  targets    = []\n  forward_to = []\n  {text}\n}}\n'


def endpoint(text: str) -> str:
    return f'loki.write "x" {{\n  endpoint {{\n    url = "http://l"\n    {text}\n  }}\n}}\n'


def stage(text: str) -> str:
    return f'loki.process "x" {{\n  forward_to = []\n  {text}\n}}\n'


def forward(text: str) -> str:
    return f'loki.source.api "x" {{\n  forward_to = {text}\n}}\n'


def targets(text: str) -> str:
    return f'loki.source.file "x" {{\n  targets    = {text}\n  forward_to = []\n}}\n'


LOOK_AROUND = "RE2 has no look-around: exclude with a `drop` rule or stage of its own"
JOIN = "`encoding.to_json` writes an object as a text, `string.join` a list of texts"
BRACKETS = "put it in brackets: `[...]`"
LABELS = 'a target is an object of texts: `{"__address__" = "host:80"}`'
REVEAL = "`convert.nonsensitive(...)` shows it on purpose"
QUOTES = "write `true` or `false` without quotes"

NAMES = [
    (attribute("«tail_from_ent = true»"), "KM260", "did you mean `tail_from_end`?"),
    (endpoint("«basic_auht { }»"), "KM260", "did you mean `basic_auth`?"),
    (attribute("«tail_from_end { }»"), "KM265", "write `tail_from_end = { … }`"),
    (endpoint('«basic_auth = {username = "a"}»'), "KM266", "write `basic_auth { … }`, without `=`"),
    (attribute('encoding = "a"\n  «encoding = "b"»'), "KM263", None),
    (endpoint('basic_auth «"x"» { }'), "KM268", "write `basic_auth {`"),
]

CONSTANTS = [
    (attribute('tail_from_end = «"yes"»'), "KM221", QUOTES),
    (targets("«{}»"), "KM221", BRACKETS),
    (targets("[«1»]"), "KM235", LABELS),
    (endpoint('batch_wait = «"1d"»'), "KM231", 'write hours: `"24h"`'),
    (endpoint("batch_wait = «60»"), "KM231", 'write the unit: `"60s"`'),
    (endpoint('batch_size = «"1000"»'), "KM232", 'write the unit: `"1000B"`'),
    (endpoint('max_backoff_retries = «"many"»'), "KM221", None),
    (endpoint("max_backoff_retries = 1 + «true»"), "KM222", None),
    (attribute('on_positions_file_error = «"skp"»'), "KM233", "did you mean `skip`?"),
    (stage('stage.match {\n selector = "{}"\n action = «"Drop"»\n}'), "KM233", "did you mean `drop`?"),
    (stage('stage.regex {\n expression = «"(?P<a"»\n}'), "KM269", None),
    (stage('stage.drop {\n expression = «"(?!a).*"»\n}'), "KM269", LOOK_AROUND),
    (endpoint('proxy_url = «"http://a:b"»'), "KM270", None),
    ('discovery.kubernetes "x" {\n role = «"pods"»\n}\n', "KM233", "did you mean `pod`?"),
]  # fmt: skip

REFERENCES = [
    (forward("[«prometheus.remote_write.m.receiver»]"), "KM234", None),
    (forward("[«otelcol.exporter.debug.o.input»]"), "KM234", None),
    (forward("[«local.file.f.content»]"), "KM234", None),
    (forward("«loki.write.w.receiver»"), "KM221", BRACKETS),
    (forward("[«loki.write.w»]"), "KM271", "write `loki.write.w.receiver`"),
    (targets("«discovery.kubernetes.pods»"), "KM271", "write `discovery.kubernetes.pods.targets`"),
    (targets("[«discovery.kubernetes.pods.targets»]"), "KM221", None),
    (targets("«local.file.f.content»"), "KM221", BRACKETS),
    (targets('[{a = «remote.kubernetes.secret.s.data["k"]»}]'), "KM230", REVEAL),
    (endpoint('tenant_id = «remote.kubernetes.secret.s.data["k"]»'), "KM230", REVEAL),
    (endpoint("tenant_id = «discovery.kubernetes.pods.targets»"), "KM221", JOIN),
]  # fmt: skip

EXPRESSIONS = [
    (endpoint('tenant_id = string.«fromat»("%s", local.file.f.content)'), "KM224", "did you mean `format`?"),
    (endpoint('tenant_id = «string.join»(local.file.f.content, "a", "b")'), "KM228", "`string.join(list, separator)`"),
    (endpoint('tenant_id = string.join(«local.file.f.content», ",")'), "KM221", BRACKETS),
    (endpoint("tenant_id = «sys.env»()"), "KM228", "`sys.env(name)`"),
    (endpoint("tenant_id = sys.env(«loki.write.w.receiver»)"), "KM221", None),
    (endpoint("tenant_id = «loki.write.w.receiver»()"), "KM221", "only functions can be called"),
    (endpoint('tenant_id = "a" + local.file.f.content + «1»'), "KM221", None),
    (endpoint("tenant_id = local.file.f.content + «true»"), "KM222", None),
    (endpoint('enable_http2 = !«sys.env("A")»'), "KM221", QUOTES),
    (endpoint('enable_http2 = sys.env("A") == "a" && «1»'), "KM222", None),
    (endpoint('enable_http2 = «sys.env("A")»'), "KM221", QUOTES),
    (endpoint('tenant_id = «sys.env("A") == "a"»'), "KM221", "put it in quotes"),
    (endpoint('max_backoff_retries = sys.env("A") == "" || (1 / «0» > 1)'), "KM223", None),
    (endpoint("tenant_id = «local.file.f.content»[0]"), "KM226", None),
    (endpoint('tenant_id = «sys.env("A")».b'), "KM225", None),
    (targets("array.concat(discovery.kubernetes.pods.targets, «1»)"), "KM221", BRACKETS),
    (targets('«string.split(sys.env("A"), ",")»'), "KM221", None),
]

FIELDS = [
    ("{«sampled» = 1}", "KM260", "it has `non_sampled_cache_size`, `sampled_cache_size`"),
    ('{sampled_cache_size = «"x"»}', "KM221", None),
]


@pytest.mark.parametrize(("text", "code", "help_"), [*NAMES, *CONSTANTS, *REFERENCES, *EXPRESSIONS])
def test_what_is_wrong_where(text: str, code: str, help_: str | None) -> None:
    assert (code, marked(text), help_) in blamed(text)
    assert len({code for code, _, _ in blamed(text)}) == 1


@pytest.mark.parametrize(("text", "code", "help_"), FIELDS)
def test_objects_with_fixed_keys(text: str, code: str, help_: str | None) -> None:
    policy = 'policy {\n name = "a"\n type = "always_sample"\n}'
    whole = f'otelcol.processor.tail_sampling "x" {{\n decision_cache = {text}\n output {{ }}\n {policy}\n}}\n'
    assert blamed(whole) == [(code, marked(text), help_)]


def test_lists_of_other_things_are_told_apart() -> None:
    (found,) = check(targets('string.split(sys.env("A"), ",")'))
    assert found.message == "expected array of objects, got array of strings"


def test_missing_things_are_found_at_their_block() -> None:
    found = blamed('loki.source.api "x" {\n}\nloki.write "y" {\n  endpoint { }\n}\notelcol.receiver.otlp "z" { }\n')
    assert found == [
        ("KM261", 'loki.source.api "x" {\n}', "write `forward_to = [...]`, a list of `loki.LogsReceiver`"),
        ("KM261", "endpoint { }", 'write `url = "..."`'),
        ("KM262", 'otelcol.receiver.otlp "z" { }', "write `output { … }`"),
    ]


def test_each_of_two_blocks_is_one_too_many() -> None:
    found = blamed(endpoint("basic_auth { }\n    basic_auth { }"))
    assert [(code, text) for code, text, _ in found] == [("KM264", "basic_auth { }")] * 2


@pytest.mark.parametrize(
    "text",
    [
        targets("array.concat(discovery.kubernetes.pods.targets, [{a = local.file.f.content}])"),
        targets("coalesce(discovery.kubernetes.pods.targets, [])"),
        targets('encoding.from_json(local.file.f.content)["a"]'),
        targets("[{a = 1, b = true, c = discovery.kubernetes.pods.targets[0].b}]"),
        targets('[{a = convert.nonsensitive(remote.kubernetes.secret.s.data["k"])}]'),
        targets("null"),
        forward("[loki.write.w.receiver, null]"),
        endpoint("tenant_id = discovery.kubernetes.pods.targets[0].name"),
        endpoint("tenant_id = 5"),
        endpoint('max_backoff_retries = sys.env("N")'),
        endpoint('batch_wait = string.format("%ds", 5)'),
        endpoint('basic_auth {\n password = "a" + remote.kubernetes.secret.s.data["k"]\n}'),
        endpoint("basic_auth {\n password = local.file.f.content\n}"),
        endpoint('headers = {a = sys.env("B")}'),
        endpoint('proxy_url = "localhost:80"'),
        stage('stage.regex {\n expression = "(?i)^(?P<a>\\\\pL+)$"\n}'),
        'discovery.relabel "x" {\n targets = []\n rule {\n  action = "drop"\n  regex = "a.*|b"\n }\n}\n',
        "logging {\n write_to = [loki.write.w.receiver]\n level = coalesce(sys.env(\"L\"), \"info\")\n}\n",
    ],
)  # fmt: skip
def test_what_is_right(text: str) -> None:
    assert blamed(text) == []


def test_all_is_reported_at_once() -> None:
    text = 'loki.write "x" {\n  a = 1\n  endpoint {\n    b = 2\n    c { }\n    batch_wait = "x"\n  }\n}\n'
    assert [code for code, _, _ in blamed(text)] == ["KM260", "KM261", "KM260", "KM260", "KM231"]
