"""`// kmon:ignore KM401 reason` in a configuration."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from compiler.diagnostics import Diagnostic, Diagnostics, Fact, Severity, Span
from compiler.syntax.tree import Attribute, Block, File, walk

__all__ = ["UnusedIgnore", "silence"]

_COMMENT = re.compile(r"(?://|/\*)\s*kmon:ignore\b\s*(.*?)\s*(?:\*/)?$", re.DOTALL)
_CODE = re.compile(r"KM\d{3}")


@dataclass(frozen=True)
class UnusedIgnore(Fact, code="KM290", severity=Severity.WARNING):
    """A comment `kmon:ignore` that silences nothing.

    *What it finds*: a comment for a code that is not found on its line or the statement below it, a comment without a code,
    and one without a reason.

    *Why it hurts*: the mistake is gone, or it stands elsewhere; the comment would silence the next one of its kind unseen.

    *Example*:

    ```alloy
    // kmon:ignore KM305 filled in by the cluster's overlay
    logging { }
    ```

    *Use instead*:

    ```alloy
    logging { }
    ```
    """

    code_: str
    problem: str

    def message(self) -> str:
        return f"this comment ignores {f'`{self.code_}`, which' if self.code_ else 'nothing:'} {self.problem}"

    def help(self) -> str:
        return "remove it" if self.code_ else "write `// kmon:ignore KM305 why this is meant`"


@dataclass(frozen=True, slots=True)
class _Ignore:
    code: str
    span: Span
    covers: tuple[int, int]
    """Characters: the statement below, or the line on which the comment stands."""

    def takes(self, one: Diagnostic) -> bool:
        if one.span is None or one.span.source is not self.span.source or one.code != self.code:
            return False
        return self.covers[0] <= one.span.start < self.covers[1]


def silence(
    found: Iterable[Diagnostic], files: Sequence[File], wants: Callable[[str], bool] = lambda _: True
) -> list[Diagnostic]:
    """The findings that no comment ignores, and one for each comment that ignores nothing, by position.

    A comment behind a statement speaks of its line, one above a statement of the head of this statement: of a block, the
    line with its name, and of an attribute all of it.
    """
    extra = Diagnostics()
    ignores = [ignore for file in files for ignore in _ignores(file, extra)]
    used: set[int] = set()
    left: list[Diagnostic] = []
    for one in found:
        taking = [number for number, ignore in enumerate(ignores) if ignore.takes(one)]
        used.update(taking)
        if not taking:
            left.append(one)
    for number, ignore in enumerate(ignores):
        if number not in used and wants(ignore.code):
            extra.report(UnusedIgnore(ignore.code, "is not found here"), ignore.span)
    left += [one for one in extra if wants(one.code)]
    return sorted(left, key=lambda one: one.sort_key)


def _ignores(file: File, extra: Diagnostics) -> Iterator[_Ignore]:
    for comment in file.comments:
        words = _COMMENT.match(comment.text)
        if words is None:
            continue
        code, _, reason = words[1].partition(" ")
        if not _CODE.fullmatch(code):
            extra.report(UnusedIgnore("", "it names no code"), comment.span)
        elif not reason.strip():
            extra.report(UnusedIgnore("", f"`{code}` needs a reason behind it"), comment.span)
        else:
            yield _Ignore(code, comment.span, _covered(file, comment.span))


def _covered(file: File, comment: Span) -> tuple[int, int]:
    source = file.source
    line = source.position(comment.start)[0]
    start = source.offset(line)
    if source.text[start : comment.start].strip():
        return start, comment.start
    below = [node for node in walk(file) if isinstance(node, Attribute | Block) and node.span.start >= comment.end]
    if not below:
        return comment.end, comment.end
    first = min(below, key=lambda node: node.span.start)
    end = source.offset(source.position(first.span.start)[0] + 1) if isinstance(first, Block) else first.span.end
    return first.span.start, end
