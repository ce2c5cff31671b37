"""From blocks to nodes and references: what is refused, where, and what is proposed instead."""

from __future__ import annotations

import pytest

from compiler.catalog import load_catalog
from compiler.diagnostics import Diagnostics, Source
from compiler.graph import Graph, build_graph
from compiler.syntax import parse

WRITE = 'loki.write "w" { }\n'


def build(*texts: str, stability: str = "generally-available", community: bool = False) -> tuple[Graph, Diagnostics]:
    diagnostics = Diagnostics()
    files = [parse(Source(f"{number}.alloy", text), diagnostics) for number, text in enumerate(texts)]
    assert not diagnostics.found
    return build_graph(files, load_catalog(), diagnostics, stability=stability, community=community), diagnostics


def found(text: str) -> list[tuple[str, tuple[int, int], str | None]]:
    return [(d.code, d.span.position, d.help) for d in build(text)[1] if d.span]


@pytest.mark.parametrize(
    ("text", "code", "place", "help_"),
    [
        ('loki.source.files "x" { }', "KM240", (1, 1), "did you mean `loki.source.file`?"),
        ("loki.write { }", "KM241", (1, 1), 'write `loki.write "default" {`'),
        ('loki.write "" { }', "KM241", (1, 1), 'write `loki.write "default" {`'),
        ('logging "x" { }', "KM242", (1, 9), "write `logging {`"),
        ("a = 1", "KM244", (1, 1), None),
        ('loki.process "p" { forward_to = [loki.write.x.receiver] }\n' + WRITE, "KM245", (1, 34), "did you mean `loki.write.w`?"),
        ('loki.process "p" { forward_to = [loki_write.w.receiver] }\n' + WRITE, "KM245", (1, 34), "did you mean `loki.write.w`?"),
        ('loki.process "p" { forward_to = [loki.write.w.input] }\n' + WRITE, "KM246", (1, 47), "it exports `receiver`"),
        ('local.file "f" { filename = env("A") }', "KM249", (1, 29), "write `sys.env`"),
        ('argument "a" { }', "KM254", (1, 1), 'put it into a `declare "name" {`'),
    ],
)  # fmt: skip
def test_what_is_wrong(text: str, code: str, place: tuple[int, int], help_: str | None) -> None:
    assert found(text) == [(code, place, help_)]


def test_the_second_of_two_equal_ids_is_refused_with_the_place_of_the_first() -> None:
    graph, diagnostics = build(WRITE, "\n" + WRITE)
    (duplicate,) = diagnostics
    assert duplicate.span is not None
    assert (duplicate.code, str(duplicate.span)) == ("KM243", "1.alloy:2:1")
    assert [str(note.span) for note in duplicate.notes] == ["0.alloy:1:1"]
    assert [node.block.span.file for node in graph.nodes.values()] == ["0.alloy"]


def test_references_reach_across_files() -> None:
    graph, diagnostics = build('loki.process "p" { forward_to = [loki.write.w.receiver] }', WRITE)
    assert not diagnostics.found
    (reference,) = graph.nodes["loki.process.p"].references
    assert (reference.target, reference.path) == ("loki.write.w", ("receiver",))


@pytest.mark.parametrize(
    ("expression", "path"),
    [
        ("discovery.kubernetes.k.targets", ("targets",)),
        ("array.concat(discovery.kubernetes.k.targets, [])", ("targets",)),
        ("[{a = discovery.kubernetes.k.targets[0].b}]", ("targets",)),
        ('discovery.kubernetes.k["targets"]', ()),
        ("((discovery.kubernetes.k.targets))", ("targets",)),
    ],
)
def test_a_reference_ends_before_an_index_or_a_call(expression: str, path: tuple[str, ...]) -> None:
    text = f'discovery.kubernetes "k" {{ role = "pod" }}\ndiscovery.relabel "r" {{\n  targets = {expression}\n}}\n'
    graph, diagnostics = build(text)
    assert not diagnostics.found
    (reference,) = graph.nodes["discovery.relabel.r"].references
    assert (reference.target, reference.path) == ("discovery.kubernetes.k", path)


def test_the_standard_library_and_module_path_are_no_references() -> None:
    graph, diagnostics = build('local.file "f" { filename = file.path_join(module_path, constants.os, sys.env("A")) }')
    assert not diagnostics.found
    assert graph.nodes["local.file.f"].references == ()


def test_inner_blocks_refer_too() -> None:
    graph, _ = build(
        'local.file "u" { filename = "u" }\nloki.write "w" {\n  endpoint {\n    url = local.file.u.content\n  }\n}\n'
    )
    assert [(edge.producer, edge.consumer, edge.signal) for edge in graph.edges] == [
        ("local.file.u", "loki.write.w", "value")
    ]


@pytest.mark.parametrize(
    ("text", "level", "flag"),
    [
        ('otelcol.receiver.awss3 "x" { }', "experimental", "start with `--stability.level=experimental`"),
        ('otelcol.exporter.file "x" { }', "public-preview", "start with `--stability.level=public-preview`"),
        ('local.file "f" { filename = array.group_by([], "a", true) }', "experimental", "start with `--stability.level=experimental`"),
    ],
)  # fmt: skip
def test_the_flag_that_allows_a_lower_stability_is_named(text: str, level: str, flag: str) -> None:
    assert [(d.code, d.help) for d in build(text)[1]] == [("KM247", flag)]
    assert not build(text, stability=level)[1].found


def test_community_components_have_a_flag_of_their_own() -> None:
    text = 'otelcol.exporter.datadog "x" { }'
    assert [(d.code, d.help) for d in build(text)[1]] == [
        ("KM248", "start with `--feature.community-components.enabled`")
    ]
    assert not build(text, community=True)[1].found


def test_what_was_refused_is_not_reported_again_by_its_references() -> None:
    graph, diagnostics = build(
        'lokki.write "w" { }\nloki.process "p" { forward_to = [lokki.write.w.receiver, otelcol.exporter.datadog.d.input] }\n'
        'otelcol.exporter.datadog "d" { }\n'
    )
    assert [d.code for d in diagnostics] == ["KM240", "KM248"]
    assert graph.nodes["loki.process.p"].references == ()


def test_components_of_an_import_that_is_not_read_are_not_unknown() -> None:
    text = (
        'import.file "lib" {\n  filename = "x"\n}\nlib.a "y" { }\n'
        'loki.process "p" { forward_to = [lib.a.y.receiver] }\n'
    )
    assert found(text) == []


def test_an_unknown_level_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="beta"):
        build("", stability="beta")
