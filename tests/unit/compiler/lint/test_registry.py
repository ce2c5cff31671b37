"""What a rule must be, and that each is."""

from __future__ import annotations

import sys
import types
from dataclasses import dataclass

import pytest

from compiler.diagnostics import Fact
from compiler.lint.module import Module
from compiler.lint.registry import FAMILIES, Report, add, rules

PAGE = "Title.\n\n*What it finds*: a\n\n*Why it hurts*: b\n\n*Example*:\n\n*Use instead*:\n"


@dataclass(frozen=True)
class Probe(Fact):
    """A fact that is registered under no code."""

    code = "KM499"

    def message(self) -> str:
        return "probe"


def check(module: Module, report: Report) -> None:
    """Finds nothing."""


@pytest.fixture
def file(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    module = types.ModuleType("rules.km499_probe", PAGE)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


def test_they_are_found_in_order() -> None:
    codes = [rule.code for rule in rules()]
    assert codes == sorted(set(codes))
    assert len(codes) >= 40
    assert {code[:3] for code in codes} <= FAMILIES.keys()


def test_the_fact_has_the_page_of_its_file() -> None:
    assert all((rule.fact.__doc__ or "").strip() == rule.page for rule in rules())


def test_a_file_is_named_after_its_code(file: types.ModuleType) -> None:
    with pytest.raises(TypeError, match=r"KM499 stands in `probe.py`, which is not named after it"):
        add("rules.probe", Probe, check)


def test_a_family_has_to_exist(file: types.ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Probe, "code", "KM099")
    with pytest.raises(TypeError, match="KM099 is of no family"):
        add("rules.km099_probe", Probe, check)


def test_a_code_stands_once() -> None:
    first = rules()[0]
    with pytest.raises(TypeError, match=f"{first.code} stands twice"):
        add(f"rules.{first.code.lower()}_again", first.fact, check)


def test_a_page_has_all_sections(file: types.ModuleType) -> None:
    file.__doc__ = PAGE.replace("*Use instead*", "*Better*")
    with pytest.raises(TypeError, match="KM499 has no section Use instead"):
        add("rules.km499_probe", Probe, check)
