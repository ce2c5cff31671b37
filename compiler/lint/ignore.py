"""`// kmon:ignore KM401 reason` in a configuration, `# kmon:ignore KM401 reason` in values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from compiler.diagnostics import Diagnostic, Diagnostics, Edit, Fact, Severity, Span
from compiler.fixes import removed
from compiler.syntax.tree import Attribute, Block, File, walk

__all__ = ["Ignore", "UnusedIgnore", "ignores_of", "read_ignores", "silence"]

_COMMENT = re.compile(r"(?://|/\*|#)\s*kmon:ignore\b\s*(.*?)\s*(?:\*/)?$", re.DOTALL)
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

    *Fix*: a comment with a code and a reason is removed; one without is for a person to complete.
    """

    code_: str
    problem: str

    def message(self) -> str:
        return f"this comment ignores {f'`{self.code_}`, which' if self.code_ else 'nothing:'} {self.problem}"

    def help(self) -> str:
        return "remove it" if self.code_ else "write `// kmon:ignore KM305 why this is meant`"

    def fix(self, span: Span) -> tuple[Edit, ...]:
        return removed(span) if self.code_ else ()


@dataclass(frozen=True, slots=True)
class Ignore:
    code: str
    span: Span
    covers: tuple[int, int]
    """Characters: the statement below, or the line on which the comment stands."""

    def takes(self, one: Diagnostic) -> bool:
        if one.span is None or one.span.source is not self.span.source or one.code != self.code:
            return False
        return self.covers[0] <= one.span.start < self.covers[1]


def silence(
    found: Iterable[Diagnostic],
    ignores: Sequence[Ignore],
    wants: Callable[[str], bool] = lambda _: True,
    *,
    complete: bool = True,
) -> list[Diagnostic]:
    """The findings that no comment ignores, and one for each comment that ignores nothing, by position. Without `complete`
    not all was looked for, so that no comment is said to be for nothing."""
    extra = Diagnostics()
    used: set[int] = set()
    left: list[Diagnostic] = []
    for one in found:
        taking = [number for number, ignore in enumerate(ignores) if ignore.takes(one)]
        used.update(taking)
        if not taking:
            left.append(one)
    for number, ignore in enumerate(ignores):
        if complete and number not in used and wants(ignore.code):
            extra.report(UnusedIgnore(ignore.code, "is not found here"), ignore.span)
    left += [one for one in extra if wants(one.code)]
    return sorted(left, key=lambda one: one.sort_key)


def ignores_of(file: File, found: Diagnostics) -> Iterator[Ignore]:
    """The comments of a configuration; `found` gets those that are not as they have to be."""
    comments = [comment.span for comment in file.comments]
    return read_ignores(comments, lambda comment: _below(file, comment), found)


def read_ignores(
    comments: Iterable[Span], below: Callable[[Span], tuple[int, int]], found: Diagnostics
) -> Iterator[Ignore]:
    """Those of the comments that say `kmon:ignore`. One behind something speaks of its line, one that stands alone of what
    `below` says."""
    for comment in comments:
        words = _COMMENT.match(comment.text)
        if words is None:
            continue
        code, _, reason = words[1].partition(" ")
        line = comment.source.offset(comment.position[0])
        if not _CODE.fullmatch(code):
            found.report(UnusedIgnore("", "it names no code"), comment)
        elif not reason.strip():
            found.report(UnusedIgnore("", f"`{code}` needs a reason behind it"), comment)
        elif comment.source.text[line : comment.start].strip():
            yield Ignore(code, comment, (line, comment.start))
        else:
            yield Ignore(code, comment, below(comment))


def _below(file: File, comment: Span) -> tuple[int, int]:
    """The head of the statement below: of a block, the line with its name, and of an attribute all of it."""
    source = file.source
    below = [node for node in walk(file) if isinstance(node, Attribute | Block) and node.span.start >= comment.end]
    if not below:
        return comment.end, comment.end
    first = min(below, key=lambda node: node.span.start)
    end = source.offset(source.position(first.span.start)[0] + 1) if isinstance(first, Block) else first.span.end
    return first.span.start, end
