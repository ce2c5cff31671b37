from __future__ import annotations

import io

from rich.console import Console

from kmon.demo.node import containers
from kmon.demo.tally import Tally
from kmon.demo.view import LinesView, LiveView, make_view, verdict


def filled() -> Tally:
    tally = Tally()
    for container in containers():
        for number in range(1234):
            tally.wrote((container.pod, container.name), number, b"")
    return tally


def shown(terminal: bool) -> str:
    console = Console(file=io.StringIO(), width=80, force_terminal=terminal, color_system=None)
    view = make_view(console)
    assert isinstance(view, LiveView if terminal else LinesView)
    with view:
        view.show("running", filled(), 12)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_table_fits_80_columns_with_every_container() -> None:
    lines = shown(terminal=True).splitlines()
    text = "\n".join(lines)
    assert all(container.name in text for container in containers())
    assert "8,638" in text
    assert max(len(line) for line in lines if "\x1b" not in line) <= 80


def test_without_a_terminal_there_are_plain_lines() -> None:
    text = shown(terminal=False)
    assert "\x1b" not in text
    assert text.count("\n") == 1
    assert "written 8,638" in text
    assert len(text.rstrip()) <= 80


def test_the_verdict_names_what_went_wrong() -> None:
    tally = Tally()
    assert "Every line arrived, once." in verdict(tally, 0).plain
    tally.wrote(("p", "c"), 1, b"")
    assert "lost 1" in verdict(tally, 0).plain
    assert "Not every line" in verdict(tally, 0).plain
