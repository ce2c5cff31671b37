"""Relabelling rules, by what they make of one label set."""

from __future__ import annotations

import pytest

from runtime.component import ComponentError
from runtime.relabel import Rule, Rules, expand


def apply(labels: dict[str, str], *rules: Rule) -> dict[str, str] | None:
    return Rules(rules).apply(labels)


def test_replace_joins_missing_labels_as_empty() -> None:
    assert apply({"a": "x"}, Rule(source_labels=["a", "b"], target_label="t")) == {"a": "x", "t": "x;"}


def test_regex_is_anchored_as_a_group_and_a_dot_matches_newlines() -> None:
    rule = Rule(source_labels=["a"], regex="x|y.*", target_label="t", replacement="hit")
    assert apply({"a": "xx"}, rule) == {"a": "xx"}
    assert apply({"a": "y\nz"}, rule) == {"a": "y\nz", "t": "hit"}


def test_an_empty_result_removes_the_label() -> None:
    assert apply({"a": "1", "t": "2"}, Rule(source_labels=["none"], target_label="t")) == {"a": "1"}


def test_empty_labels_leave_even_without_rules() -> None:
    assert apply({"a": "", "b": "1"}) == {"b": "1"}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("$1", "one"), ("${1}x", "onex"), ("$1x", ""), ("$$1", "$1"), ("$", "$"), ("${", "${"), ("${}", "${}"), ("${1", "${1"),
        ("$01", ""), ("$name-$0", "two-all"), ("$l_$r", ""), ("$9", ""),
    ],
)  # fmt: skip
def test_expand(template: str, expected: str) -> None:
    assert expand(template, ("all", "one", "two"), {"name": 2}) == expected


def test_hashmod_is_the_low_half_of_md5() -> None:
    # md5("") ends in e9800998ecf8427e
    rule = Rule(source_labels=["none"], modulus=1000, target_label="shard", action="hashmod")
    assert apply({}, rule) == {"shard": str(0xE9800998ECF8427E % 1000)}


def test_labelmap_copies_and_keeps_the_original() -> None:
    rule = Rule(regex="__meta_(.+)", action="labelmap")
    assert apply({"__meta_app": "web"}, rule) == {"__meta_app": "web", "app": "web"}


def test_labelkeep_drops_internal_labels_too() -> None:
    assert apply({"__address__": "h", "app": "web"}, Rule(regex="app", action="labelkeep")) == {"app": "web"}


@pytest.mark.parametrize(("action", "kept"), [("keepequal", True), ("dropequal", False)])
def test_two_missing_labels_are_equal(action: str, kept: bool) -> None:
    rule = Rule(source_labels=["none"], target_label="neither", action=action)
    assert (apply({"a": "1"}, rule) is not None) is kept


def test_case_mapping_is_letter_by_letter() -> None:
    rules = [
        Rule(source_labels=["a"], target_label="up", action="uppercase"),
        Rule(source_labels=["a"], target_label="low", action="lowercase"),
    ]
    assert apply({"a": "ßΣİ"}, *rules) == {"a": "ßΣİ", "up": "ßΣİ", "low": "ßσi"}


@pytest.mark.parametrize(
    "rule",
    [
        Rule(source_labels=["a"], target_label="t_$1"),
        Rule(source_labels=["a"], target_label="a-b"),
        Rule(source_labels=["a"], target_label="a-b", replacement="x"),
    ],
)
def test_names_that_records_cannot_have_are_not_set(rule: Rule) -> None:
    """A backend refuses a push with `{t_é="é"}` as a whole; a target may have such a label."""
    assert len(apply({"a": "é"}, rule) or {}) == 2
    assert Rules([rule]).for_records.apply({"a": "é"}) == {"a": "é"}
    good = Rule(source_labels=["a"], target_label="t_$1")
    assert Rules([good]).for_records.apply({"a": "é", "b": ""}) == {"a": "é"}
    assert Rules([good]).for_records.apply({"a": "x"}) == {"a": "x", "t_x": "x"}


@pytest.mark.parametrize(
    ("rule", "attribute", "says"),
    [
        (Rule(source_labels=["a"], action="Keep"), "rule[0].action", "`Keep` is no relabel action"),
        (Rule(source_labels=["a"], regex="(?=x)", target_label="t"), "rule[0].regex", "RE2"),
        (Rule(source_labels=["a"]), "rule[0]", "needs a `target_label`"),
        (Rule(target_label="t", action="hashmod"), "rule[0].modulus", "above 0"),
        (Rule(target_label="x-$1"), "rule[0].target_label", "no valid `target_label`"),
        (Rule(source_labels=["a"], regex="b", action="labeldrop"), "rule[0].source_labels", "takes only `regex`"),
        (Rule(target_label="t", replacement="x", action="lowercase"), "rule[0].replacement", "takes no `replacement`"),
    ],
)
def test_bad_rules_are_refused_at_their_argument(rule: Rule, attribute: str, says: str) -> None:
    with pytest.raises(ComponentError) as refused:
        Rules([rule])
    assert refused.value.attribute == attribute
    assert says in str(refused.value)
