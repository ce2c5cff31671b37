"""What is drawn of a graph."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from compiler.catalog import load_catalog
from compiler.diagnostics import Diagnostic, Diagnostics, Note, Severity, Source, Span
from compiler.drawing import Diagram, TooManyBoxesError, unfold
from compiler.graph import build_graph
from compiler.syntax import parse
from tests.unit.compiler.drawing.pictures import FOREACH, MODULE, PIPELINE, diagram


def lines(drawn: Diagram) -> set[tuple[str, str, str]]:
    return {(line.producer, line.consumer, line.signal) for line in drawn.lines}


def roles(drawn: Diagram) -> dict[str, str]:
    return {box.id: box.role for box in drawn.boxes}


def test_roles_come_from_what_flows() -> None:
    assert roles(diagram(PIPELINE)) == {
        "local.file_match.logs": "discovery",
        "loki.source.file.in": "source",
        "loki.process.p": "processor",
        "loki.echo.e": "destination",
        "loki.write.out": "destination",
        "local.file.url": "other",
        "logging": "other",
    }


def test_a_folded_module_is_one_box() -> None:
    drawn = diagram(MODULE)
    assert [box.id for box in drawn.boxes] == ["loki.write.out", "cut.one", "loki.source.api.in"]
    assert (drawn.boxes[1].role, drawn.boxes[1].inside, drawn.frames) == ("processor", 1, ())
    assert lines(drawn) == {
        ("loki.source.api.in", "cut.one", "logs"),
        ("cut.one", "loki.write.out", "logs"),
    }


def test_an_open_module_shows_the_way_through_it() -> None:
    drawn = diagram(MODULE, open_modules=True)
    assert [(frame.id, frame.type, frame.label, frame.line) for frame in drawn.frames] == [
        ("cut.one", "cut", "one", 22)
    ]
    assert lines(drawn) == {
        ("loki.source.api.in", "cut.one/export.receiver", "logs"),
        ("cut.one/export.receiver", "cut.one/loki.process.inner", "logs"),
        ("cut.one/loki.process.inner", "cut.one/argument.forward_to", "logs"),
        ("cut.one/argument.forward_to", "loki.write.out", "logs"),
    }
    assert roles(drawn)["cut.one/loki.process.inner"] == "processor"


def test_arguments_that_only_set_something_are_left_out() -> None:
    assert "cut.one/argument.level" not in roles(diagram(MODULE, open_modules=True))
    text = MODULE.replace('"debug"', "local.file.level.content") + 'local.file "level" {\n\tfilename = "l"\n}\n'
    assert ("local.file.level", "cut.one/argument.level", "value") in lines(diagram(text, open_modules=True))


def test_each_instance_has_its_inside() -> None:
    text = MODULE + 'cut "two" {\n\tforward_to = [cut.one.receiver]\n}\n'
    drawn = diagram(text, open_modules=True)
    assert [frame.id for frame in drawn.frames] == ["cut.one", "cut.two"]
    assert ("cut.two/argument.forward_to", "cut.one/export.receiver", "logs") in lines(drawn)


def test_a_declare_that_nothing_uses_is_a_box() -> None:
    assert roles(diagram(MODULE.split('cut "one"', maxsplit=1)[0], open_modules=True)) == {"declare.cut": "other"}


def test_modules_inside_of_modules() -> None:
    inner = MODULE.partition("loki.source.api")[0].replace("loki.write.out.receiver", "argument.to.value")
    text = f"""declare "outer" {{
{inner}
	argument "to" {{ }}
	export "receiver" {{
		value = cut.one.receiver
	}}
}}
outer "o" {{
	to = [loki.write.out.receiver]
}}
loki.write "out" {{ }}
"""
    drawn = diagram(text, open_modules=True)
    assert [(frame.id, frame.frame) for frame in drawn.frames] == [("outer.o", ""), ("outer.o/cut.one", "outer.o")]
    assert {
        ("outer.o/export.receiver", "outer.o/cut.one/export.receiver", "logs"),
        ("outer.o/cut.one/argument.forward_to", "outer.o/argument.to", "logs"),
        ("outer.o/argument.to", "loki.write.out", "logs"),
    } <= lines(drawn)
    (box,) = [box for box in diagram(text).boxes if box.id == "outer.o"]
    assert box.inside == 1


def test_a_foreach() -> None:
    assert lines(diagram(FOREACH)) == {
        ("discovery.kubernetes.pods", "foreach.pods", "targets"),
        ("foreach.pods", "loki.write.out", "logs"),
    }
    assert lines(diagram(FOREACH, open_modules=True)) == {
        ("discovery.kubernetes.pods", "foreach.pods/item", "targets"),
        ("foreach.pods/item", "foreach.pods/loki.source.file.in", "value"),
        ("foreach.pods/loki.source.file.in", "loki.write.out", "logs"),
    }


def test_an_imported_module(tmp_path: Path) -> None:
    (tmp_path / "lib.alloy").write_text(MODULE.split('cut "one"', maxsplit=1)[0])
    text = f'import.file "lib" {{\n\tfilename = "{tmp_path}/lib.alloy"\n}}\n' + "cut" + MODULE.rpartition("\ncut")[2]
    text = text.replace("cut", "lib.cut")
    found = Diagnostics()
    files = [parse(Source("config.alloy", text), found)]
    graph = build_graph(files, load_catalog(), found, module_path=str(tmp_path))
    assert not found.found
    drawn = unfold(graph, open_modules=True)
    assert ("lib.cut.one/loki.process.inner", "lib.cut.one/argument.forward_to", "logs") in lines(drawn)
    inner = next(box for box in drawn.boxes if box.id == "lib.cut.one/loki.process.inner")
    assert (inner.file, inner.line) == (f"{tmp_path}/lib.alloy", 9)


def test_what_an_argument_says_of_opentelemetry_data() -> None:
    text = """otelcol.receiver.otlp "in" {
	grpc { }
	output {
		logs   = [otelcol.processor.batch.b.input]
		traces = [otelcol.processor.batch.b.input]
	}
}
declare "send" {
	argument "to" { }
	otelcol.processor.batch "inner" {
		output {
			traces = argument.to.value
		}
	}
	export "input" {
		value = otelcol.processor.batch.inner.input
	}
}
send "s" {
	to = [otelcol.exporter.debug.d.input]
}
otelcol.processor.batch "b" {
	output {
		traces = [send.s.input]
	}
}
otelcol.exporter.debug "d" { }
"""
    assert lines(diagram(text)) == {
        ("otelcol.receiver.otlp.in", "otelcol.processor.batch.b", "logs"),
        ("otelcol.receiver.otlp.in", "otelcol.processor.batch.b", "traces"),
        ("otelcol.processor.batch.b", "send.s", "traces"),
        ("send.s", "otelcol.exporter.debug.d", "otel"),
    }
    assert ("send.s/argument.to", "otelcol.exporter.debug.d", "traces") in lines(diagram(text, open_modules=True))
    assert roles(diagram(text))["otelcol.receiver.otlp.in"] == "source"


def at(text: str, word: str, severity: Severity = Severity.WARNING) -> Diagnostic:
    source = Source("config.alloy", text)
    start = text.index(word)
    return Diagnostic("KM999", severity, f"about {word}", Span(source, start, start + len(word)))


def test_findings_stand_at_the_innermost_box() -> None:
    inner, outer = at(MODULE, "stage.static_labels"), at(MODULE, '"debug"')
    folded = {box.id: box.findings for box in diagram(MODULE, [inner, outer]).boxes}
    assert set(folded["cut.one"]) == {inner, outer}
    opened = diagram(MODULE, [inner, outer], open_modules=True)
    assert {box.id: box.findings for box in opened.boxes if box.findings} == {"cut.one/loki.process.inner": (inner,)}
    assert opened.frames[0].findings == (outer,)
    assert opened.elsewhere == ()


def test_findings_about_nothing_that_is_drawn() -> None:
    nowhere = Diagnostic("KM998", Severity.WARNING, "about nothing")
    assert diagram(PIPELINE, [nowhere]).elsewhere == (nowhere,)
    assert list(diagram(PIPELINE, [nowhere]).findings) == [nowhere]


def test_a_finding_about_values_stands_where_it_was_rendered() -> None:
    rendered = at(PIPELINE, "loki.echo")
    values = replace(
        rendered,
        span=Span(Source("values.yaml", "a: 1"), 0, 1),
        notes=(Note("in the text", rendered.span, rendered=True),),
    )
    drawn = diagram(PIPELINE, [values])
    assert {box.id for box in drawn.boxes if box.findings} == {"loki.source.file.in"}


def test_a_module_that_uses_itself_stays_folded() -> None:
    text = 'declare "a" {\n\ta "x" { }\n}\n\na "y" { }\n'
    drawn = diagram(text, open_modules=True)
    assert [box.id for box in drawn.boxes] == ["a.y/a.x"]


def test_modules_that_grow_without_end() -> None:
    chain = "".join(
        f'declare "m{i}" {{\n' + "".join(f'\tm{i - 1} "{n}" {{ }}\n' for n in "ab") + "}\n" for i in range(1, 16)
    )
    text = 'declare "m0" {\n\tloki.echo "e" { }\n}\n' + chain + 'm15 "all" { }\n'
    assert diagram(text).boxes[0].inside == 2
    with pytest.raises(TooManyBoxesError):
        diagram(text, open_modules=True)
