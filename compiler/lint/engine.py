"""Runs the rules over a configuration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from compiler.diagnostics import Diagnostic, Diagnostics
from compiler.lint.ignore import ignores_of, silence
from compiler.lint.module import modules_of
from compiler.lint.place import Place
from compiler.lint.registry import rules
from compiler.syntax.tree import File

__all__ = ["Selection", "lint"]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which findings are wanted, by code or by the beginning of one (`KM4`). With no `select`, all are; what is ignored
    is never selected."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def wants(self, code: str) -> bool:
        return (not self.select or code.startswith(self.select)) and not code.startswith(self.ignore or "\0")


def lint(
    files: Sequence[File],
    parsed: Diagnostics,
    *,
    place: Place | None = None,
    selection: Selection | None = None,
    checked: bool = False,
) -> Diagnostics:
    """Everything that can be said about the configuration that `files` make together, in the order of position.

    `parsed` is what their parser found: after a syntax error nothing else is looked at, as the tree is not what was meant.
    With `checked` the findings of the graph and of the check are left out, because someone else has reported them.
    """
    selection = selection or Selection()
    found = Diagnostics()
    if parsed.errors:
        found.extend(parsed)
        return Diagnostics([one for one in found.sorted() if selection.wants(one.code)])
    found.extend(parsed)
    modules = modules_of(files, place or Place(), Diagnostics() if checked else found)
    for rule in rules():
        if selection.wants(rule.code):
            for module in modules:
                rule.check(module, found.report)
    wanted = [_one_line(one) for one in found if selection.wants(one.code)]
    ill = Diagnostics()
    ignores = [ignore for file in files for ignore in ignores_of(file, ill)]
    wanted += [one for one in ill if selection.wants(one.code)]
    # Where a reference leads nowhere, rules about wiring keep silent.
    complete = not any(module.broken for module in modules)
    return Diagnostics(silence(dict.fromkeys(wanted), ignores, selection.wants, complete=complete))


def _one_line(one: Diagnostic) -> Diagnostic:
    """A text of the configuration that a message repeats can have several lines."""
    if "\n" not in one.message:
        return one
    return replace(one, message=one.message.replace("\n", "\\n"))
