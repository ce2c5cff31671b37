"""How findings are shown."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass

import pytest

from compiler.diagnostics import Diagnostic, Diagnostics, Fact, Note, Severity, Source, Span
from compiler.reporting import json_report, print_diagnostics, summary, text_report


@dataclass(frozen=True)
class Wrong(Fact):
    """Nothing but a sentence."""

    text: str = "this is wrong"
    more: str | None = None

    def message(self) -> str:
        return self.text

    def help(self) -> str | None:
        return self.more


def found(text: str, word: str, fact: Fact | None = None, *notes: Note) -> Diagnostics:
    source = Source("a.alloy", text)
    diagnostics = Diagnostics()
    diagnostics.report(fact or Wrong(), span(source, word), *notes)
    return diagnostics


def span(source: Source, word: str) -> Span:
    start = source.text.index(word)
    return Span(source, start, start + len(word))


def excerpt(diagnostics: Diagnostics) -> list[str]:
    return text_report(diagnostics).splitlines()[1:3]


def test_a_finding_with_help_and_note() -> None:
    source = Source("a.alloy", "one\ntwo = 2\n")
    diagnostics = Diagnostics()
    note = Note("the other one", span(source, "one"))
    diagnostics.report(Wrong(more="write `3`"), span(source, "2"), note, Note("and a word"))
    assert text_report(diagnostics) == (
        "a.alloy:2:7: error[]: this is wrong\n"
        "  2 | two = 2\n"
        "    |       ^\n"
        "help: write `3`\n"
        "a.alloy:1:1: note: the other one\n"
        "  1 | one\n"
        "    | ^^^\n"
        "note: and a word\n"
    )


def test_findings_come_in_the_order_of_their_places() -> None:
    source = Source("a.alloy", "x = 1\ny = 2\n")
    diagnostics = Diagnostics()
    diagnostics.report(Wrong("second"), span(source, "y"))
    diagnostics.report(Wrong("first"), span(source, "x"))
    diagnostics.report(Wrong("nowhere"))
    text = text_report(diagnostics)
    assert text.index("nowhere") < text.index("first") < text.index("second")
    assert text.startswith("error[]: nowhere\n\n")


@pytest.mark.parametrize(
    ("line", "word", "shown", "under"),
    [
        ("\tname = 1", "1", "    name = 1", "           ^"),
        ("a = 'ü漢字' + x", "x", "a = 'ü漢字' + x", "              ^"),
        ("a = '漢字'", "漢字", "a = '漢字'", "     ^^^^"),
        ("a = 'e\u0301' + x", "x", "a = 'e\u0301' + x", "          ^"),
        ("a = '\x1b[31m' + x", "x", "a = '�[31m' + x", "              ^"),
        ("a = 1\r", "1", "a = 1", "    ^"),
    ],
)
def test_the_caret_stands_under_the_word(line: str, word: str, shown: str, under: str) -> None:
    assert excerpt(found(f"{line}\n", word)) == [f"  1 | {shown}", f"    | {under}"]


def test_columns_count_bytes() -> None:
    assert text_report(found("'ü' x", "x")).startswith("a.alloy:1:6: ")


def test_of_several_lines_the_first_is_shown() -> None:
    assert excerpt(found("a = [\n  1,\n]\n", "[\n  1,\n]")) == ["  1 | a = [", "    |     ^"]


def test_the_end_of_a_file_has_a_place() -> None:
    source = Source("a.alloy", "a {\n")
    diagnostics = Diagnostics()
    diagnostics.report(Wrong(), Span(source, 4, 4))
    assert text_report(diagnostics) == "a.alloy:2:1: error[]: this is wrong\n  2 |\n    | ^\n"


def test_an_empty_file_has_no_excerpt() -> None:
    diagnostics = Diagnostics()
    diagnostics.report(Wrong(), Span(Source("a.alloy", ""), 0, 0))
    assert text_report(diagnostics) == "a.alloy:1:1: error[]: this is wrong\n"


@pytest.mark.parametrize("at", [0, 60, 119, 300, 595])
def test_long_lines_are_cut_around_the_finding(at: int) -> None:
    line = "." * at + "WORD" + "." * (596 - at)
    shown, under = excerpt(found(line, "WORD"))
    assert len(shown) <= 80
    assert shown[under.index("^") : under.rindex("^") + 1] == "WORD"


def test_a_message_stays_on_its_line() -> None:
    text = text_report(found("x", "x", Wrong("`a\nb\x1b[2J` is wrong", "write\nthis")))
    assert text.splitlines()[0] == "a.alloy:1:1: error[]: `a\\nb�[2J` is wrong"
    assert text.splitlines()[-1] == "help: write\\nthis"


def test_colour_only_when_asked_for() -> None:
    diagnostics = found("x", "x")
    assert "\x1b" not in text_report(diagnostics)
    assert "\x1b[31merror[]\x1b[0m" in text_report(diagnostics, colour=True)


def test_json() -> None:
    diagnostics = found("a = 'ü'\n", "'ü'", Wrong(more="help"))
    diagnostics.report(Wrong("nowhere"), severity=Severity.WARNING)
    nowhere, entry = json.loads(json_report(diagnostics))
    assert entry == {
        "code": "",
        "severity": "error",
        "message": "this is wrong",
        "help": "help",
        "file": "a.alloy",
        "line": 1,
        "column": 5,
        "end_line": 1,
        "end_column": 9,
    }
    assert (nowhere["severity"], nowhere["file"], nowhere["line"]) == ("warning", None, None)


@pytest.mark.parametrize(
    ("severities", "expected"),
    [
        ([], ""),
        ([Severity.ERROR], "1 error"),
        ([Severity.WARNING, Severity.ERROR, Severity.ERROR], "2 errors, 1 warning"),
        ([Severity.INFO, Severity.INFO], "2 infos"),
    ],
)
def test_summary(severities: list[Severity], expected: str) -> None:
    diagnostics = Diagnostics()
    for severity in severities:
        diagnostics.report(Wrong(), severity=severity)
    assert summary(diagnostics) == expected


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_printed_in_colour_on_a_terminal_unless_no_color_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    painted, plain, file = Terminal(), Terminal(), io.StringIO()
    print_diagnostics(found("x", "x"), file=painted)
    print_diagnostics(found("x", "x"), file=file)
    monkeypatch.setenv("NO_COLOR", "1")
    print_diagnostics(found("x", "x"), file=plain)
    assert "\x1b" in painted.getvalue()
    assert "\x1b" not in plain.getvalue() + file.getvalue()
    assert plain.getvalue().endswith("\n1 error\n")


def test_nothing_is_printed_of_nothing_but_an_empty_json_list() -> None:
    text, listed = io.StringIO(), io.StringIO()
    print_diagnostics(Diagnostics(), file=text)
    print_diagnostics(Diagnostics(), "json", listed)
    assert (text.getvalue(), json.loads(listed.getvalue())) == ("", [])


def test_no_excerpt_shows_a_secret() -> None:
    source = Source("v.yaml", "{url: ftp://x, password: hunter2}\n")
    secret = Span(source, 25, 32)
    findings = [
        Diagnostic("KM999", Severity.WARNING, "a secret stands here", secret, confidential=True),
        Diagnostic("KM998", Severity.ERROR, "no such scheme", Span(source, 6, 13)),
    ]
    text = text_report(findings)
    assert "hunter2" not in text
    assert text.count("password: *******}") == 2
