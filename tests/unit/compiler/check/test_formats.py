"""Free texts with a form of their own. What passes and what does not is what Alloy's `validate` says."""

from __future__ import annotations

import pytest

from compiler.check.formats import regex_fault, url_fault


@pytest.mark.parametrize(
    "text",
    ["", "a b", "a:b", "localhost:80", "http://a:99999", "http://user:p%20w@[::1]:80/x?y=%zz#f", "/path", "http://ü/", "a/b:c"],
)  # fmt: skip
def test_urls(text: str) -> None:
    assert url_fault(text) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("http://a:b", "`b` is no port"),
        ("http://a b/", "` ` cannot stand in a host name"),
        ("http://[::1", "the `]` of the host is missing"),
        ("http://[::1]:x/", "`x` is no port"),
        ("http://%zz", "`%zz` is no escape of two hexadecimal digits"),
        ("http://a/%4", "`%4` is no escape of two hexadecimal digits"),
        (":foo", "the scheme is missing in front of `:`"),
        ("1a:b", "it begins with neither a scheme nor a path"),
        ("http://a/\n", "it holds a control character"),
    ],
)
def test_no_urls(text: str, reason: str) -> None:
    assert url_fault(text) == reason


@pytest.mark.parametrize("pattern", ["", "a.*", "(?P<n>x)", "(?<n>x)", r"\pL\d\x{10FFFF}", "(?s).", "a{1,1000}", "é+"])
def test_regexes(pattern: str) -> None:
    assert regex_fault(pattern) is None


@pytest.mark.parametrize("pattern", ["(", ")", "[", "a**", "(?!x)", "(?<=x)", r"(a)\1", "a{1001}", "(?P<1>", "\\"])
def test_no_regexes(pattern: str) -> None:
    assert regex_fault(pattern)
