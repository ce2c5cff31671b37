from pathlib import Path

import pytest

from compiler.diagnostics import Diagnostics, Source
from compiler.values import MapNode, apply_set, apply_set_file, apply_set_string, load, merge
from compiler.values.tree import find, plain


def tree(text: str, name: str = "values.yaml") -> MapNode:
    diagnostics = Diagnostics()
    node = load(Source(name, text), diagnostics)
    assert not diagnostics.found
    return node


def test_maps_merge_lists_and_scalars_replace() -> None:
    base = tree("a: {x: 1, l: [1, 2]}\nb: keep\nc: {z: 1}\n")
    over = tree("a: {l: [3], w: 4}\nc: text\n")
    assert plain(merge(base, over)) == {"a": {"x": 1, "l": [3], "w": 4}, "b": "keep", "c": "text"}


def test_a_null_replaces_and_stays() -> None:
    assert plain(merge(tree("a: {x: 1}\nb: 1\n"), tree("a: null\nb: ~\n"))) == {"a": None, "b": None}


def test_positions_survive_the_merge() -> None:
    merged = merge(tree("a:\n  x: 1\n  z: 2\n", "one.yaml"), tree("\na: {z: 3}\n", "two.yaml"))
    for path, place in ((("a", "x"), "one.yaml:2:6"), (("a", "z"), "two.yaml:2:8")):
        found = find(merged, path)
        assert found is not None
        assert str(found[0].span) == place


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a=1", {"a": 1}),
        ("a=01", {"a": "01"}),
        ("a=0", {"a": 0}),
        ("a=-5", {"a": -5}),
        ("a=1.5", {"a": "1.5"}),
        ("a=true,b=False", {"a": True, "b": False}),
        ("a=null", {"a": None}),
        ("a=", {"a": ""}),
        ("a.b.c=x", {"a": {"b": {"c": "x"}}}),
        (r"a.app\.io/name=x", {"a": {"app.io/name": "x"}}),
        (r"a=x\,y", {"a": "x,y"}),
        ("a={x,1,true}", {"a": ["x", 1, True]}),
        ("a={}", {"a": [""]}),
        ("a={x,}", {"a": ["x", ""]}),
        ("a=-01", {"a": -1}),
        ("a=9223372036854775808", {"a": "9223372036854775808"}),
        ("a={x},b=y", {"a": ["x"], "b": "y"}),
        ("a[1]=x", {"a": [None, "x"]}),
        ("a[0].b=x,a[0].c=y", {"a": [{"b": "x", "c": "y"}]}),
        ("a[0][1]=x", {"a": [[None, "x"]]}),
        ("a=x=y", {"a": "x=y"}),
    ],
)
def test_set(text: str, value: object) -> None:
    diagnostics = Diagnostics()
    assert plain(apply_set(tree(""), text, diagnostics)) == value
    assert not diagnostics.found


def test_set_changes_one_item_of_a_list() -> None:
    base = tree("a: [{b: 1}, {b: 2}]\n")
    assert plain(apply_set(base, "a[1].b=3", Diagnostics())) == {"a": [{"b": 1}, {"b": 3}]}


def test_set_string_and_set_file(tmp_path: Path) -> None:
    file = tmp_path / "stages"
    file.write_text("stage.drop { }, {}\n")
    diagnostics = Diagnostics()
    assert plain(apply_set_string(tree(""), "a=1,b=true,c={1,2}", diagnostics)) == {
        "a": "1",
        "b": "true",
        "c": ["1", "2"],
    }
    assert plain(apply_set_file(tree(""), f"a.b={file}", diagnostics)) == {"a": {"b": "stage.drop { }, {}\n"}}
    assert plain(apply_set_file(tree(""), f"a={file},b={{{file}}}", diagnostics)) == {
        "a": "stage.drop { }, {}\n",
        "b": ["stage.drop { }, {}\n"],
    }
    assert not diagnostics.found
    with pytest.raises(OSError, match="missing"):
        apply_set_file(tree(""), f"a={tmp_path}/missing", diagnostics)


def test_a_set_value_knows_its_place() -> None:
    found = find(apply_set(tree(""), "cluster.name=x", Diagnostics()), ("cluster", "name"))
    assert found is not None
    assert (str(found[0].span), str(found[1])) == ("--set cluster.name:1:14", "--set cluster.name:1:9")


@pytest.mark.parametrize(
    ("text", "problem", "column"),
    [
        ("a", "key `a` has no value", 1),
        ("a.b,c=1", "key `b` has no value", 3),
        ("", "nothing is assigned", 1),
        ("=1", "a key is empty", 1),
        ("a={x", "the list `{` is not closed", 3),
        ("a={x}y", "behind a list comes `,` or the end", 6),
        ("a[x]=1", "`[x]` is no list index from 0 to 65536", 3),
        ("a[70000]=1", "`[70000]` is no list index from 0 to 65536", 3),
        ("a[1=1", "the index `[` is not closed", 2),
        ("a[0].=1", "a key is empty", 6),
        ("k.x=1", "there is no map to put `x` in, but the value `v`", 3),
        ("k[0]=1", "there is no list to take `[0]` of, but the value `v`", 3),
        ("a[0]b=1", "behind an index comes `.`, `[` or `=`", 5),
    ],
)
def test_bad_sets(text: str, problem: str, column: int) -> None:
    diagnostics = Diagnostics()
    base = tree("k: v\n")
    assert apply_set(base, text, diagnostics) is base
    (found,) = diagnostics
    assert (found.code, found.message) == ("KM103", f"`--set`: {problem}")
    assert found.span is not None
    assert found.span.position == (1, column)
