"""`kmon explain`: the page of a finding."""

from __future__ import annotations

import dataclasses
import inspect
import textwrap
from collections.abc import Iterable
from typing import Annotated, Any

import typer

from compiler.diagnostics import Fact, did_you_mean
from kmon.cli._shared import fail
from kmon.errors import every_fact

__all__ = ["main", "page"]

_FAMILIES = {
    "1": "Values", "2": "Syntax, types and references", "3": "Wiring", "4": "Logs", "5": "Metrics", "6": "Traces",
    "7": "Cluster", "8": "Delivery and runtime", "9": "Security",
}  # fmt: skip


def main(
    code: Annotated[str, typer.Argument(help="A code such as KM104; without it all are listed.", metavar="CODE")] = "",
) -> None:
    """Explain a finding by its code: what it means, and what to do.

    Example: kmon explain KM104
    """
    facts = every_fact()
    if not code:
        typer.echo(_listed(facts.values()), nl=False)
        return
    wanted = code.upper() if code.upper().startswith("KM") else f"KM{code}"
    if wanted not in facts:
        near = did_you_mean(wanted, facts)
        hint = f"did you mean `{near}`?" if near else "`kmon explain` lists all"
        fail("explain", f"there is no finding `{code}`; {hint}")
    typer.echo(page(facts[wanted]), nl=False)


def page(fact: type[Fact]) -> str:
    """The page of a fact: code and severity, its sentence with names in the place of values, its docstring."""
    shape = _shape(fact)
    rows = [f"{fact.code}  {fact.severity}", "", f"    {shape.message()}"]
    if shape.help() is not None:
        rows += [f"    help: {shape.help()}"]
    return "\n".join([*rows, "", _wrapped(inspect.getdoc(fact) or "")]) + "\n"


def _wrapped(text: str) -> str:
    """Prose to 80 columns; code between fences and paragraphs with indented lines stay as they are."""
    paragraphs, fenced = [], False
    for paragraph in text.split("\n\n"):
        code = fenced or "```" in paragraph or "\n " in paragraph or paragraph.startswith(" ")
        paragraphs.append(paragraph if code else textwrap.fill(paragraph, 80))
        fenced ^= paragraph.count("```") % 2 == 1
    return "\n\n".join(paragraphs)


def _shape(fact: type[Fact]) -> Fact:
    """The fact with each field holding its own name in capitals, or a number or list of one where that is its type."""
    values: dict[str, Any] = {}
    for field in dataclasses.fields(fact):
        name = field.name.upper()
        kind = str(field.type)
        if kind.startswith("tuple"):
            values[field.name] = (name,)
        elif kind.startswith(("int", "float")):
            values[field.name] = 1
        elif kind.startswith("bool"):
            values[field.name] = True
        elif field.name == "character":
            values[field.name] = "×"
        else:
            values[field.name] = name
    return fact(**values)


def _listed(facts: Iterable[type[Fact]]) -> str:
    rows: list[str] = []
    family = ""
    for fact in facts:
        if fact.code[2] != family:
            family = fact.code[2]
            rows += ["", _FAMILIES[family]] if rows else [_FAMILIES[family]]
        first = (inspect.getdoc(fact) or "").partition("\n\n")[0]
        head = f"  {fact.code}  {fact.severity!s:<8}"
        rows += textwrap.wrap(first, 80, initial_indent=head, subsequent_indent=" " * len(head))
    return "\n".join(rows) + "\n"
