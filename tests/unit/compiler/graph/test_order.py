"""Dependencies come first; every node on a circle is named."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.catalog import load_catalog
from compiler.diagnostics import Diagnostics, Source
from compiler.graph import Graph, build_graph
from compiler.syntax import parse


def build(links: dict[str, list[str]]) -> tuple[Graph, Diagnostics]:
    text = "".join(
        f'loki.process "{name}" {{ forward_to = [{", ".join(f"loki.process.{to}.receiver" for to in others)}] }}\n'
        for name, others in links.items()
    )
    diagnostics = Diagnostics()
    return build_graph([parse(Source("c.alloy", text), diagnostics)], load_catalog(), diagnostics), diagnostics


def labels(graph: Graph) -> list[str]:
    return [name.removeprefix("loki.process.") for name in graph.order]


def messages(diagnostics: Diagnostics) -> list[str]:
    return [diagnostic.message.replace("loki.process.", "").replace("`", "") for diagnostic in diagnostics]


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ({"a": [], "b": [], "c": []}, "abc"),
        ({"a": ["b"], "b": ["c"], "c": []}, "cba"),
        ({"a": ["c", "b"], "b": [], "c": ["b"]}, "bca"),
        ({}, ""),
    ],
)
def test_dependencies_first_otherwise_as_written(links: dict[str, list[str]], expected: str) -> None:
    graph, diagnostics = build(links)
    assert "".join(labels(graph)) == expected
    assert not diagnostics.found


def test_every_node_on_a_circle_is_reported_by_its_own_way_round() -> None:
    # `c` lies on a circle that a walk from `a` does not find, since it has seen `b` by then.
    _, diagnostics = build({"a": ["b", "c"], "b": ["a"], "c": ["b"], "free": ["a"]})
    assert messages(diagnostics) == [
        "cycle detected: a → b → a",
        "cycle detected: b → a → b",
        "cycle detected: c → b → a → c",
    ]
    assert [note.text for note in diagnostics.found[0].notes] == [
        "`loki.process.a` refers to `loki.process.b` here",
        "`loki.process.b` refers to `loki.process.a` here",
    ]


def test_a_component_that_refers_to_itself() -> None:
    _, diagnostics = build({"a": ["a"]})
    assert messages(diagnostics) == ["a cannot reference itself"]


def test_a_long_chain_needs_no_deep_stack() -> None:
    links = {f"n{i}": [f"n{i + 1}"] for i in range(5000)} | {"n5000": []}
    graph, diagnostics = build(links)
    assert labels(graph) == [f"n{i}" for i in range(5000, -1, -1)]
    assert not diagnostics.found


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12))
def test_reported_is_what_reaches_itself(pairs: list[tuple[int, int]]) -> None:
    names = "abcdef"
    links = {name: [names[to] for start, to in pairs if names[start] == name] for name in names}
    graph, diagnostics = build(links)
    reach = {name: set(others) for name, others in links.items()}
    for middle, start in itertools.product(names, names):
        if middle in reach[start]:
            reach[start] |= reach[middle]
    blamed = {d.span.source.text[d.span.start : d.span.end].split('"')[1] for d in diagnostics if d.span}
    assert sorted(labels(graph)) == list(names)
    # A node in a circle with others is named for that circle alone.
    assert blamed == {name for name in names if name in reach[name]}
    place = {name: index for index, name in enumerate(labels(graph))}
    for name, others in links.items():
        assert all(place[other] < place[name] or name in reach[other] for other in others)
