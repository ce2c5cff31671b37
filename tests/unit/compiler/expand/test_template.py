from pathlib import Path

import pytest
from jinja2 import UndefinedError

from compiler.diagnostics import Diagnostics, Source
from compiler.expand.explain import carry_origins
from compiler.expand.printing import Code, Line, Lines
from compiler.expand.template import render_template
from compiler.syntax import format_file, parse
from compiler.values.document import Origin

DEFAULT = Origin("the.switch")


def render(tmp_path: Path, template: str, **context: object) -> list[tuple[str, str, str]]:
    path = tmp_path / "presets" / "x" / "x.alloy.j2"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(template)
    lines = render_template(path, context, DEFAULT)
    return [(line.text, line.preset.rpartition(":")[2], line.origin.key if line.origin else "") for line in lines]


def test_lines_know_template_line_and_key(tmp_path: Path) -> None:
    template = "a {\n  {# gone #}\n  x = {{ x }}\n{{ more }}\n{{ nothing }}\n{% if x %}\n  y = 2\n{% endif %}\n}\n"
    more = Lines((Line("p = 1", Origin("p")), Line("q = 2")))
    assert render(tmp_path, template, x=Code("1", Origin("k")), more=more, nothing=Lines()) == [
        ("a {", "1", "the.switch"),
        ("  x = 1", "3", "k"),
        ("p = 1", "4", "p"),
        ("q = 2", "4", "the.switch"),
        ("  y = 2", "7", "the.switch"),
        ("}", "9", "the.switch"),
    ]


def test_every_value_is_a_literal(tmp_path: Path) -> None:
    assert render(tmp_path, "x = {{ evil }}\n", evil='"; drop')[0][0] == 'x = "\\"; drop"'


def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UndefinedError):
        render(tmp_path, "x = {{ values.nothing }}\n", values={})


def test_origins_survive_formatting(tmp_path: Path) -> None:
    path = tmp_path / "presets" / "x" / "x.alloy.j2"
    path.parent.mkdir(parents=True)
    path.write_text('// head\na "b" {\n\n\n{{ x }}\n    values = {{ o }}\n}\n')
    fields = Lines((Line("{", Origin("o")), Line("p = 1,", Origin("o.p")), Line("}", Origin("o"))))
    lines = render_template(
        path, {"x": Lines((Line("x = [1,", Origin("x")), Line("2]", Origin("x.2")))), "o": fields}, DEFAULT
    )
    diagnostics = Diagnostics()
    raw = parse(Source("raw", "".join(line.text + "\n" for line in lines)), diagnostics)
    formatted = parse(Source("formatted", format_file(raw)), diagnostics)
    assert not diagnostics.found
    found = [(line.text.strip(), line.origin.key) for line in carry_origins(raw, lines, formatted) if line.origin]
    assert found == [
        ("// head", "the.switch"),
        ('a "b" {', "the.switch"),
        ("x = [1,", "x"),
        ("2]", "x.2"),
        ("values = {", "o"),
        ("p = 1,", "o.p"),
        ("}", "o"),
        ("}", "the.switch"),
    ]
