"""Expressions that are sure not to match."""

from __future__ import annotations

import pytest

from compiler.lint.flow.kubernetes import is_name, values_of
from compiler.lint.matching import can_consume, matches_nothing, matches_one_of, required


@pytest.mark.parametrize("pattern", ["default/web", "[a-z]+", r"\w+\d", "(?:a|b)+", r"\.[ab]"])
def test_texts_without_the_separator(pattern: str) -> None:
    assert not can_consume(pattern, ";")


@pytest.mark.parametrize(
    "pattern", ["a.b", "[^a]", "[ -~]+", r"\S+", r"\.;", "(a|b);c", "[;]", r"[\w]", r"a\;b", r"\pP", "[[:punct:]]"]
)
def test_texts_that_can_hold_the_separator(pattern: str) -> None:
    assert can_consume(pattern, ";")


@pytest.mark.parametrize("pattern", ["a$b", "b^a", "web$-[0-9]+"])
def test_nothing_stands_behind_the_end(pattern: str) -> None:
    assert matches_nothing(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "^a$",
        "a|^b",
        "(^a|^b)$",
        "a$|b",
        "a$b?",
        "a$b*",
        r"\$b",
        r"a\^b",
        "[$]b",
        "[a^]b",
        "(?m)a$b",
        "(?:a$)b",
        "(a$b)?c",
        "a$b|c",
    ],
)
def test_what_may_match_is_let_through(pattern: str) -> None:
    assert not matches_nothing(pattern)


@pytest.mark.parametrize(
    ("pattern", "signs"),
    [
        ("(.+)/(.+)", "/"),
        ("a/?b", ""),
        ("(a/)?b", ""),
        ("a|b/c", ""),
        ("shop/web-.+", "/-"),
        ("[/]x", ""),
        ("a/{0,1}b", ""),
        ("a/+", "/"),
    ],
)
def test_signs_that_every_match_holds(pattern: str, signs: str) -> None:
    assert required(pattern) == signs


def test_values_of_labels() -> None:
    phases = values_of("__meta_kubernetes_pod_phase")
    assert phases is not None
    assert matches_one_of("Running|Succeeded", phases)
    assert not matches_one_of("running", phases)
    assert matches_one_of("(?i)running", phases)
    assert matches_one_of("(", phases)
    assert values_of("__meta_kubernetes_pod_name") is None
    assert values_of("__meta_kubernetes_pod_labelpresent_app") == ("true",)
    assert values_of("pod_phase") is None


def test_labels_whose_values_are_names() -> None:
    names = ["namespace", "pod_name", "pod_container_name", "service_name", "pod_uid"]
    others = ["pod_label_name", "pod_annotation_x_name", "pod_container_image", "pod_ip", "service_external_name"]
    assert all(is_name(f"__meta_kubernetes_{name}") for name in names)
    assert not any(is_name(f"__meta_kubernetes_{name}") for name in others)
    assert not is_name("name")
