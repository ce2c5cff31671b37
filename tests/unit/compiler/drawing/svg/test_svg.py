"""The SVG: well formed, complete, the same each time, in the colours of light and dark."""

from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring

import pytest

from compiler.diagnostics import Diagnostic, Severity, Source, Span
from compiler.drawing import Diagram
from compiler.drawing.diagram import Box, Line
from compiler.drawing.svg import to_svg
from compiler.drawing.svg.text import mono_width, sans_width
from tests.unit.compiler.drawing.pictures import FOREACH, MODULE, PIPELINE, diagram

SVG = "{http://www.w3.org/2000/svg}"
LONG = "a_very_long_name_of_a_destination_that_fits_into_no_box_at_all"


def read(*drawn: Diagram, title: str = "config.alloy") -> Element:
    text = to_svg(drawn, title)
    assert text == to_svg(drawn, title)
    return fromstring(text)


def groups(root: Element, word: str) -> list[Element]:
    return [group for group in root.iter(f"{SVG}g") if word in group.get("class", "").split()]


def title(element: Element) -> str:
    found = element.find(f"{SVG}title")
    assert found is not None
    return found.text or ""


def texts(element: Element) -> list[str]:
    return ["".join(text.itertext()) for text in element.iter(f"{SVG}text")]


@pytest.mark.parametrize("text", [PIPELINE, MODULE, FOREACH, ""])
@pytest.mark.parametrize("open_modules", [False, True])
def test_it_holds_everything_once(text: str, open_modules: bool) -> None:
    drawn = diagram(text, open_modules=open_modules)
    root = read(drawn)
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
    assert sorted(title(node).split("\n")[0] for node in groups(root, "node")) == sorted(
        one.id for one in drawn.holders
    )
    told = {
        row for line in groups(root, "line") if line.find(f"{SVG}title") is not None for row in title(line).split("\n")
    }
    assert told == {f"{line.producer} → {line.consumer}: {line.signal}" for line in drawn.lines}


@pytest.mark.parametrize("label", ["x", LONG, LONG * 3])
def test_text_stays_inside_of_its_box(label: str) -> None:
    findings = tuple(Diagnostic(f"KM4{i:02}", Severity.WARNING, "m") for i in range(9))
    box = Box("t.x", "otelcol.processor.some_rather_long_type_of_component", label, "processor", "f", 1, "", findings)
    root = read(Diagram("d", (box, Box("l.x", "logging", "", "other", "f", 1)), (), ()))
    for node in groups(root, "node"):
        frame = next(rect for rect in node.iter(f"{SVG}rect") if rect.get("class") == "box")
        left, top, width, height = (float(frame.get(name, "")) for name in ("x", "y", "width", "height"))
        for text in node.iter(f"{SVG}text"):
            size = {"type": 11, "label": 12.5, "code": 9.5}[text.get("class", "")]
            written = mono_width("".join(text.itertext()), size)
            x = float(text.get("x", "")) - (written / 2 if text.get("text-anchor") == "middle" else 0)
            assert left <= x and x + written <= left + width + 0.1
            assert top < float(text.get("y", "")) < top + height
        for chip in groups(node, "chip"):
            (rect,) = chip.iter(f"{SVG}rect")
            assert float(rect.get("x", "")) + float(rect.get("width", "")) <= left + width
            assert float(rect.get("y", "")) + float(rect.get("height", "")) <= top + height


def test_findings_are_chips_with_tooltips() -> None:
    source = Source("config.alloy", PIPELINE)
    start = PIPELINE.index("loki.echo.e.receiver")
    found = [
        Diagnostic("KM401", Severity.WARNING, "first", Span(source, start, start + 5), "write `b`"),
        Diagnostic("KM402", Severity.ERROR, "second", Span(source, start, start + 5)),
        Diagnostic("KM998", Severity.WARNING, "about <nothing> \x00"),
    ]
    root = read(diagram(PIPELINE, found))
    (marked,) = [one for one in groups(root, "node") if groups(one, "chip")]
    assert title(marked).startswith("loki.source.file.in\n")
    assert "error" in marked.get("class", "").split()
    chips = groups(marked, "chip")
    assert [texts(chip) for chip in chips] == [["KM402"], ["KM401"]]
    assert title(chips[1]) == "warning KM401: first\nhelp: write `b`\nconfig.alloy:4:41"
    assert "about <nothing> �" in texts(root)


def test_the_legend_names_what_occurs() -> None:
    shown = texts(read(diagram(MODULE)))
    assert {"source", "processor", "destination", "logs", "folded module"} <= set(shown)
    assert not {"discovery", "metrics", "value"} & set(shown)


def test_several_diagrams_are_panels_that_do_not_overlap() -> None:
    drawn = [diagram(text) for text in (PIPELINE, MODULE, FOREACH)]
    root = read(*drawn)
    panels = [rect for rect in root.iter(f"{SVG}rect") if rect.get("class") == "panel"]
    places = [[float(rect.get(name, "")) for name in ("x", "y", "width", "height")] for rect in panels]
    assert len(places) == 3
    for i, (x, y, width, height) in enumerate(places):
        for a, b, w, h in places[:i]:
            assert x >= a + w or a >= x + width or y >= b + h or b >= y + height
    assert "3 configurations · 13 nodes" in texts(root)


def test_light_and_dark() -> None:
    style = read(diagram(PIPELINE)).find(f"{SVG}style")
    assert style is not None
    light, _, dark = (style.text or "").partition("@media (prefers-color-scheme: dark)")
    for word in (".ground", ".source .box", ".logs path", ".chip.warning rect"):
        assert word in light
        assert word in dark


def test_a_long_title_is_cut() -> None:
    root = read(diagram("logging { }"), title="x" * 500)
    (shown,) = [text for text in texts(root) if text.startswith("xx")]
    assert sans_width(shown, 18) <= float(root.get("width", ""))


def test_a_line_to_itself_is_a_loop() -> None:
    box = Box("a.b", "a", "b", "processor", "f", 1)
    root = read(Diagram("d", (box,), (), (Line("a.b", "a.b", "logs"),)))
    (line,) = [line for line in groups(root, "line") if line.find(f"{SVG}title") is not None]
    path = line.find(f"{SVG}path")
    assert path is not None
    assert "c34" in path.get("d", "")


def test_no_text_breaks_the_xml() -> None:
    root = read(Diagram("<&\x00", (), (), ()), diagram(PIPELINE), title='a\x00 <b> "&')
    assert title(root) == 'a� <b> "&'
    assert any(text.startswith("<&�") for text in texts(root))
