import pytest

from compiler.diagnostics import Diagnostics, Source
from compiler.values import load
from compiler.values.scalars import resolve
from compiler.values.tree import dotted, find, plain


def read(text: str) -> tuple[object, list[str]]:
    diagnostics = Diagnostics()
    tree = load(Source("values.yaml", text), diagnostics)
    return plain(tree), [f"{d.span}: {d.code} {d.message}" for d in diagnostics]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", True), ("Off", False), ("y", True), ("null", None), ("~", None), ("", None),
        ("7", 7), ("-7", -7), ("010", 8), ("0x1F", 31), ("0o17", 15), ("1_000", 1000),
        ("1.5", 1.5), ("1e3", 1000.0), (".5", 0.5), ("-.inf", float("-inf")), ("08", 8.0),
        ("12:30:45", "12:30:45"), ("2001-01-01", "2001-01-01"), ("1.2.3", "1.2.3"), ("10.0.0.1", "10.0.0.1"),
        ("-", "-"), ("+a", "+a"), ("yess", "yess"), ("1Gi", "1Gi"),
    ],
)  # fmt: skip
def test_plain_scalars_mean_what_helm_takes_them_for(text: str, value: object) -> None:
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


def test_positions_of_keys_and_values() -> None:
    tree = load(Source("values.yaml", "a:\n  b: [x, yy]\n  c: |\n    text\n"), Diagnostics())
    found = find(tree, ("a", "b"))
    assert found is not None
    node, key = found
    assert str(key) == "values.yaml:2:3"
    assert str(node.span) == "values.yaml:2:6"
    item = find(tree, ("a", "b", 1))
    assert item is not None
    assert str(item[0].span) == "values.yaml:2:10"
    assert find(tree, ("a", "missing")) is None


def test_quoted_and_tagged_scalars_stay_texts() -> None:
    assert read("a: 'yes'\nb: \"1\"\nc: !!str 1\nd: !!int '5'\n")[0] == {"a": "yes", "b": "1", "c": "1", "d": 5}


def test_anchors_and_merge_keys() -> None:
    text = "base: &base {a: 1, b: 2}\nlist: [*base]\nover:\n  <<: *base\n  b: 3\n"
    assert read(text)[0] == {"base": {"a": 1, "b": 2}, "list": [{"a": 1, "b": 2}], "over": {"b": 3, "a": 1}}


def test_documents_are_merged_as_in_helm() -> None:
    assert read("a: {b: 1}\n---\n---\na: {c: 2}\n") == ({"a": {"b": 1, "c": 2}}, [])
    assert read("a: &x 1\n---\nb: *x\n")[1] == [
        "values.yaml:3:4: KM100 invalid YAML: alias `*x` has no anchor before it"
    ]


def test_a_written_key_wins_over_a_merged_one_wherever_it_stands() -> None:
    assert read("a: {b: 1, <<: {b: 2, c: 3}}\n")[0] == {"a": {"b": 1, "c": 3}}


def test_keys_that_are_numbers_are_their_shortest_text() -> None:
    assert read("{0x10: a, 1.50: b, 1e3: c}\n")[0] == {"16": "a", "1.5": "b", "1000": "c"}


def test_a_text_that_is_nested_too_deep_is_refused() -> None:
    assert read("a: " + "[" * 1000)[1] == ["values.yaml:1:1: KM100 invalid YAML: maps and lists are nested too deep"]


def test_an_empty_file_is_an_empty_map() -> None:
    assert read("# nothing\n") == ({}, [])


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("a: 1\nb: 2\na: 3\n", "values.yaml:3:1: KM101 key `a` stands twice in the same map"),
        ("a:\n\tb: 1\n", "values.yaml:2:1: KM100 invalid YAML: found character '\\t' that cannot start any token"),
        ("a: b: c\n", "values.yaml:1:5: KM100 invalid YAML: mapping values are not allowed here"),
        ("a: [1\n", "values.yaml:2:1: KM100 invalid YAML: expected ',' or ']', but got '<stream end>'"),
        ("a: 1\n---\n- b\n", "values.yaml:3:1: KM102 values must be a map, this is a list"),
        ("a: .inf\n", "values.yaml:1:4: KM100 invalid YAML: `.inf` is no number that values can hold"),
        ("a: !!binary aGk=\n", "values.yaml:1:4: KM100 invalid YAML: tag `!!binary` means nothing in values"),
        ("null: 1\n", "values.yaml:1:1: KM100 invalid YAML: a key must be a text, not null"),
        ("? [a]\n: 1\n", "values.yaml:1:3: KM100 invalid YAML: a key must be a text, not a list"),
        ("a: \x01\n", "values.yaml:1:4: KM100 invalid YAML: the character U+0001 cannot stand in YAML"),
        ("a: *x\n", "values.yaml:1:4: KM100 invalid YAML: alias `*x` has no anchor before it"),
        ("a: !foo x\n", "values.yaml:1:4: KM100 invalid YAML: tag `!foo` means nothing in values"),
        ("- a\n", "values.yaml:1:1: KM102 values must be a map, this is a list"),
        ("on: 1\n", "values.yaml:1:1: KM112 the key `on` is a boolean to Helm"),
    ],
)  # fmt: skip
def test_faults_have_a_place(text: str, finding: str) -> None:
    assert read(text)[1] == [finding]


def test_a_boolean_key_is_its_text() -> None:
    assert read("y: 1\n")[0] == {"true": 1}


def test_dotted_paths_can_be_given_to_set() -> None:
    assert dotted(("labels", "app.kubernetes.io/name", 0, "x")) == r"labels.app\.kubernetes\.io/name[0].x"
