"""Workflow commands of GitHub Actions."""

from __future__ import annotations

from compiler.annotations import github_report
from compiler.diagnostics import Diagnostic, Severity, Source, Span


def finding(start: int, end: int, message: str, severity: Severity = Severity.WARNING) -> Diagnostic:
    return Diagnostic("KM310", severity, message, Span(Source("a,b:c.alloy", "one\ntwo\n"), start, end), "do this")


def test_one_line_a_finding() -> None:
    text = github_report([finding(0, 3, "50% of\nall", Severity.ERROR), Diagnostic("KM999", Severity.INFO, "no place")])
    assert text.splitlines() == [
        "::notice title=KM999::no place",
        "::error file=a%2Cb%3Ac.alloy,line=1,endLine=1,title=KM310,col=1,endColumn=4::50%25 of%0Aall%0Ado this",
    ]


def test_no_columns_over_several_lines() -> None:
    assert (
        github_report([finding(0, 6, "m")])
        == "::warning file=a%2Cb%3Ac.alloy,line=1,endLine=2,title=KM310::m%0Ado this\n"
    )
