"""Small languages inside of texts. Where the runtime reads one too, both must agree."""

from __future__ import annotations

import pytest

from compiler.lint.formats.ottl import OttlError, parse_condition, parse_statement
from compiler.lint.formats.selector import SelectorError, parse_selector
from compiler.lint.formats.template import template_fault
from runtime.component import ComponentError
from runtime.text.selector import parse_selector as run_selector
from runtime.text.template import Template

SELECTORS = [
    '{a="b"}',
    '{a="b", c=~"d|e"} |= "x" != "y" |~ "z" !~ "w"',
    ' { a != "b" } ',
    '{a="\\u00e9\\""}',
    '{a!~".+"}',
]
BROKEN_SELECTORS = {
    "": (1, "expected `{`, got the end"),
    "{}": (2, "expected the name of a label, got `}`"),
    "{a=}": (4, "expected a text in double quotes, got `}`"),
    "{a=b}": (4, "expected a text in double quotes, got `b`"),
    '{a="b",}': (8, "expected the name of a label, got `}`"),
    '{a="b"} | json': (9, "expected one of `|=`, `!=`, `|~`, `!~`, got `|`"),
    '{a=~"("}': (5, "`(` is no valid RE2 expression"),
    '{a="b"': (7, "expected `}`, got the end"),
}


@pytest.mark.parametrize("text", SELECTORS)
def test_selectors(text: str) -> None:
    matchers, _ = parse_selector(text)
    assert len(run_selector(text, "selector").matchers) == len(matchers)


def test_parts_of_a_selector() -> None:
    matchers, filters = parse_selector('{a="b", c!~"d"} |= "e"')
    assert matchers == [("a", "=", "b"), ("c", "!~", "d")]
    assert filters == [("", "|=", "e")]


@pytest.mark.parametrize("text", BROKEN_SELECTORS)
def test_broken_selectors(text: str) -> None:
    with pytest.raises(SelectorError) as error:
        parse_selector(text)
    assert (error.value.column, str(error.value)) == BROKEN_SELECTORS[text]
    with pytest.raises(ComponentError):
        run_selector(text, "selector")


TEMPLATES = [
    "plain", "{{ .a }}", "{{ if .a }}x{{ else if .b }}y{{ else }}z{{ end }}", '{{ "}}" }}', "{{/* } {{ */}}", "{{- .a -}}",
    '{{ printf "%s (" .a | ToUpper }}', "{{ range $i, $x := list 1 2 }}{{ $x }}{{ end }}", "{{ with .a }}{{ . }}{{ end }}",
    "{{ (ToLower .a) }}", "{{ `raw }}` }}", "{{ $x := .a }}{{ $x }}", "{{ if or (eq .a `b`) .c }}d{{ end }}",
]  # fmt: skip
BROKEN_TEMPLATES = {
    "{{ .a": "an action is not closed: `}}` is missing in `{{ .a`",
    "{{ if .a }}x": "`if` is not closed: write `{{ end }}`",
    "x{{ end }}": "`{{ end }}` closes nothing",
    "{{ else }}": "`{{ else }}` stands outside of `if`, `with` and `range`",
    "{{ }}": "an action is empty: `{{ }}`",
    "{{ if }}x{{ end }}": "`if` has no condition",
    "{{ (.a }}": "a parenthesis is not closed in `{{ (.a }}`",
    "{{ .a) }}": "a parenthesis closes nothing in `{{ .a) }}`",
    '{{ "a }}': 'a text is not closed in `{{ "a }}`',
    "{{ .a | }}": "a function is missing behind `|` in `{{ .a | }}`",
}


@pytest.mark.parametrize("text", TEMPLATES)
def test_templates(text: str) -> None:
    Template(text, "template")
    assert template_fault(text) is None


@pytest.mark.parametrize("text", BROKEN_TEMPLATES)
def test_broken_templates(text: str) -> None:
    assert template_fault(text) == BROKEN_TEMPLATES[text]
    with pytest.raises(ComponentError):
        Template(text, "template")


@pytest.mark.parametrize(
    "text",
    [
        'set(attributes["a"], "b")',
        'set(attributes["a"]["b"], resource.attributes["c"]) where attributes["d"] != nil and not IsMatch(name, "x.*")',
        "delete_key(attributes, \"process.pid\")",
        'replace_all_patterns(attributes, "key", "^kube_([0-9A-Za-z]+_)", "k8s.$$1.", SHA256)',
        'set(time, Now() - Duration("5m") * 2) where (severity_number >= SEVERITY_NUMBER_WARN or flags == 0x01)',
        'merge_maps(cache, ParseJSON(body)["a"], strategy="upsert")',
        'set(attributes["l"], ["a", 1, {"k": -2.5}])',
        'limit(attributes, 100, priority_keys=["a"])',
        "set(body.string, Concat([name, \"x\"], \"-\")) where IsString(body)",
        'keep_keys(attributes, [])',
    ],
)  # fmt: skip
def test_statements(text: str) -> None:
    assert parse_statement(text)[0] == text.partition("(")[0]


@pytest.mark.parametrize(
    ("text", "column", "problem"),
    [
        ('set(attributes["a"], ', 22, "expected a value, got the end"),
        ('set(attributes["a"] "b")', 21, 'expected `)`, got `"b"`'),
        ('set(attributes["a"], "b"', 25, "expected `)`, got the end"),
        ('set attributes["a"]', 5, "expected `(`, got `attributes`"),
        ('set(a, "b") when x', 13, "expected the end, got `when`"),
        ('set(a, "b") where', 18, "expected a value, got the end"),
        ('"set"(a)', 1, 'expected the name of a function, got `"set"`'),
    ],
)
def test_broken_statements(text: str, column: int, problem: str) -> None:
    with pytest.raises(OttlError) as error:
        parse_statement(text)
    assert (error.value.column, str(error.value)) == (column, problem)


def test_conditions() -> None:
    parse_condition('attributes["a"] == "b" or (name == "c" and not (kind == SPAN_KIND_SERVER))')
    parse_condition("IsRootSpan()")
    for text in ("severity_number <", "(a == 1", "a == 1 and", "", "a = 1"):
        with pytest.raises(OttlError):
            parse_condition(text)


def test_nesting_has_an_end() -> None:
    with pytest.raises(OttlError, match="too deeply nested"):
        parse_condition("(" * 5000)
