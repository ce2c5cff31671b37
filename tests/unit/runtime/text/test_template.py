"""Templates of stages: Go's text/template with Alloy's and sprig's functions."""

from __future__ import annotations

import pytest

from runtime.component import ComponentError
from runtime.text.template import Template, TemplateError

DATA = {"level": "warn", "n": "12", "json": '{"a":{"b":[1,2]}}'}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{{ $.level }}{{ with .level }}{{ . }}{{ $.n }}{{ end }}", "warnwarn12"),
        ("{{ if not .ghost }}a{{ else }}b{{ end }}", "a"),
        ("{{ with .ghost }}a{{ else with .level }}{{ . }}{{ end }}", "warn"),
        ("{{ $x := 1 }}{{ range until 3 }}{{ $x = add $x . }}{{ end }}{{ $x }}", "4"),
        ("{{ range $i, $e := list 5 6 7 }}{{ if eq $i 1 }}{{ continue }}{{ end }}{{ $e }}{{ end }}", "57"),
        ("{{ range $k, $v := dict `b` 1 `a` 2 }}{{ $k }}{{ $v }}{{ else }}none{{ end }}", "a2b1"),
        ("{{ range .ghost }}x{{ else }}none{{ end }}", "none"),
        ("{{ and .ghost (index .ghost 1) }}{{ or .level (fail `x`) }}", "<no value>warn"),
        ("{{ (fromJson .json).a.b | first }} {{ .json | fromJson }}", "1 map[a:map[b:[1 2]]]"),
        ("a {{- ` b ` -}} c{{/* x */}}\n{{- /* y */ -}}  d", "a b cd"),
        ("{{ printf `%q %6.2f %x` .level 1.5 255 }}", '"warn"   1.50 ff'),
        ("{{ eq .n `1` `12` }} {{ lt 1.5 2.5 }} {{ ne .level .ghost }}", "true true true"),
        ("{{ '\\n' }} {{ 0x1F }} {{ 1e3 }} {{ true }} {{ len `é` }}", "10 31 1000 true 2"),
        ("{{ 7 | div 22 }} {{ mod -7 3 }} {{ round 2.345 2 }} {{ max 1 `5` 3 }}", "3 -1 2.35 5"),
        ("{{ slice .level 1 3 }} {{ trunc -2 .level }} {{ abbrev 5 `abcdefgh` }}", "ar rn ab..."),
        ("{{ html `<a>\"'&` }} {{ urlquery `a b&c` }}", "&lt;a&gt;&#34;&#39;&amp; a+b%26c"),
        ("{{ regexFindAll `[a-z]` `a1b2c3` 2 | join `,` }} {{ regexSplit `,` `a,b,c` 2 }}", "a,b [a b,c]"),
    ],
)  # fmt: skip
def test_renders(text: str, wanted: str) -> None:
    assert Template(text, "template").render(DATA) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "{{ ToLower .ghost }}",
        "{{ index .json 99 }}",
        "{{ .level.x }}",
        "{{ eq .level 1 }}",
        "{{ lt .ghost 1 }}",
        "{{ div 1 0 }}",
    ],
)
def test_fails_when_it_runs(text: str) -> None:
    with pytest.raises(TemplateError):
        Template(text, "template").render(DATA)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ .a", "not closed"),
        ("{{ if .a }}x", "`if` is not closed, write `{{ end }}`"),
        ("\n{{ end }}", "line 2: unexpected `{{ end }}`"),
        ("{{ $x }}", "variable `$x` is not declared"),
        ("{{ env `HOME` }}", "function `env` is not defined"),
        ('{{ "a\\q" }}', "is no escape"),
        ("{{ .a | 1 }}", "only a function"),
        ("{{ break }}", "outside of `range`"),
        ('{{ template "x" }}', "`template` is not supported"),
        ("{{/* x }}", "comment is not closed"),
    ],
)
def test_refuses(text: str, message: str) -> None:
    with pytest.raises(ComponentError, match="the template is not valid") as refused:
        Template(text, "template")
    assert message in str(refused.value)


def test_knows_what_it_looks_at() -> None:
    assert Template("{{ .a.b }}{{ $.c }}{{ if eq .d 1 }}{{ end }}", "t").fields == frozenset({"a", "c", "d"})
    assert Template("{{ index . `a` }}", "t").fields is None
    assert Template("plain", "t").constant == "plain"
