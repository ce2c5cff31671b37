from __future__ import annotations

import pytest

from kmon.sink.selector import QueryError, parse_query

LABELS = {"app": "web", "level": "warn", "empty": ""}


@pytest.mark.parametrize(
    ("query", "selected"),
    [
        ("{}", True),
        ('{app="web"}', True),
        ('{app="we"}', False),
        ('{app!="web"}', False),
        ('{app=~"w.*"}', True),
        ('{app=~"w"}', False),
        ('{app!~"w"}', True),
        ('{app="web",level=~"warn|error",}', None),
        ('{app="web", level=~"warn|error"}', True),
        ('{missing=""}', True),
        ('{missing!=""}', False),
        ("{app=`web`}", True),
    ],
)
def test_label_matchers(query: str, selected: bool | None) -> None:
    if selected is None:
        with pytest.raises(QueryError, match="expected a label name"):
            parse_query(query)
    else:
        assert parse_query(query).selects(LABELS) == selected


@pytest.mark.parametrize(
    ("filters", "passes"),
    [
        ('|= "err"', True),
        ('|= "nope"', False),
        ('!= "err"', False),
        ('|~ "e.r"', True),
        ("|~ `^err`", False),
        (r'!~ "\\d{4}"', True),
        ('|= "an" |= "error" != "warn"', True),
    ],
)
def test_line_filters(filters: str, passes: bool) -> None:
    assert parse_query(f'{{a="b"}} {filters}').passes(b"an error \xff 123") == passes


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ('rate({a="b"}[1m])', "expected `{`, found `r` at column 1"),
        ('{a="b"} | json', r"expected a line filter .*, found `|` at column 9"),
        ("{a}", "expected `=`, `!=`, `=~` or `!~`, found `}` at column 3"),
        ('{a=~"("}', r"bad regular expression `\(`"),
    ],
)
def test_queries_that_cannot_be_read_say_why(query: str, reason: str) -> None:
    with pytest.raises(QueryError, match=reason):
        parse_query(query)
