"""The rules: one file of `rules/` each, found by itself. What is not right about one is refused at import.

A rule's file is named after its code (`km401_no_path.py`) and holds, in this order: the page as docstring (*What it
finds, Why it hurts, Example, Use instead*), the `Fact` with its sentences, and the check.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from compiler.diagnostics import Fact, Note, Severity, Span
from compiler.lint.ignore import UnusedIgnore
from compiler.lint.module import Module

__all__ = ["FAMILIES", "Check", "Report", "Rule", "pages", "rule", "rules"]

FAMILIES = {
    "KM2": "syntax, types and references",
    "KM3": "wiring",
    "KM4": "logs",
    "KM5": "metrics",
    "KM6": "traces",
    "KM7": "cluster",
    "KM8": "delivery",
    "KM9": "security",
}
SECTIONS = ("What it finds", "Why it hurts", "Example", "Use instead")


class Report(Protocol):
    """How a check says what it found."""

    def __call__(self, fact: Fact, span: Span, *notes: Note, severity: Severity | None = None) -> object: ...


Check = Callable[[Module, Report], None]


@dataclass(frozen=True, slots=True)
class Rule:
    code: str
    name: str
    """What stands behind the code in the file's name: `no_path`."""
    fact: type[Fact]
    page: str
    check: Check


_found: dict[str, Rule] = {}


def rule(fact: type[Fact]) -> Callable[[Check], Check]:
    """Registers the check of a file under the code of its fact. Raises `TypeError` for what is not as it has to be."""

    def register(check: Check) -> Check:
        add(check.__module__, fact, check)
        return check

    return register


def add(module: str, fact: type[Fact], check: Check) -> None:
    """`module` is the dotted name of the rule's file. Raises `TypeError`."""
    file = module.rpartition(".")[2]
    named = re.fullmatch(r"(km\d{3})_([a-z0-9_]+)", file)
    if named is None or named[1].upper() != fact.code:
        raise TypeError(f"rule {fact.code} stands in `{file}.py`, which is not named after it")
    if fact.code[:3] not in FAMILIES:
        raise TypeError(f"rule {fact.code} is of no family: {', '.join(FAMILIES)}")
    if fact.code in _found:
        raise TypeError(f"rule {fact.code} stands twice: `{_found[fact.code].name}` and `{named[2]}`")
    page = sys.modules[module].__doc__ or ""
    if missing := [section for section in SECTIONS if f"*{section}*" not in page]:
        raise TypeError(f"the page of rule {fact.code} has no section {', '.join(missing)}")
    if fact.message is Fact.message:
        raise TypeError(f"rule {fact.code} has no message")
    _found[fact.code] = Rule(fact.code, named[2], fact, page.strip(), check)


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule in the order of its code."""
    package = importlib.import_module("compiler.lint.rules")
    for found in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{found.name}")
    return tuple(_found[code] for code in sorted(_found))


@dataclass(frozen=True, slots=True)
class Page:
    """What is written about a code. `title` is its first sentence, without the full stop."""

    code: str
    name: str
    fact: type[Fact]
    page: str

    @property
    def title(self) -> str:
        return self.page.partition("\n")[0].rstrip(".")


def pages() -> dict[str, Page]:
    """The page of every rule, and that of the comment `kmon:ignore`, by code."""
    own = [Page(rule.code, rule.name, rule.fact, rule.page) for rule in rules()]
    unused = Page(UnusedIgnore.code, "unused_ignore", UnusedIgnore, inspect.cleandoc(UnusedIgnore.__doc__ or ""))
    return {page.code: page for page in sorted([*own, unused], key=lambda page: page.code)}
