"""Relabel rules, as `discovery.relabel`, `loki.relabel` and `prometheus.relabel` share them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from compiler.graph.read import blocks, text, texts, written
from compiler.lint.flow.names import Names
from compiler.lint.regex import fullmatch
from compiler.syntax.tree import Block, Expression

__all__ = ["Rule", "apply", "rules_of"]

_SETS = frozenset({"replace", "hashmod", "lowercase", "uppercase"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One `rule` block with defaults filled in; None for an attribute that only running shows.

    `sources` are the source labels that are known, with their places; `all_sources` says whether these are all.
    """

    block: Block
    action: str | None
    sources: tuple[tuple[str, Expression], ...]
    all_sources: bool
    target: str | None
    regex: str | None
    replacement: str | None

    @property
    def sets(self) -> bool:
        """Whether the action writes `target_label`."""
        return self.action is None or self.action in _SETS


def rules_of(owner: Block, name: str = "rule") -> Iterator[Rule]:
    for block in blocks(owner, name):
        listed = written(block, "source_labels")
        sources = tuple(texts(block, "source_labels"))
        action = text(block, "action", "replace")
        yield Rule(
            block=block,
            action=action.lower() if action is not None else None,
            sources=sources,
            all_sources=listed is None or (isinstance(listed, list) and len(listed) == len(sources)),
            target=text(block, "target_label", ""),
            regex=text(block, "regex", "(.*)"),
            replacement=text(block, "replacement", "$1"),
        )


def apply(rule: Rule, labels: Names) -> Names:
    """The labels behind a rule, whatever their values are."""
    match rule.action:
        case None:
            return Names(labels.known, frozenset({""}))
        case "labelmap":
            return _mapped(rule, labels)
        case "labeldrop":
            regex = rule.regex
            return labels if regex is None else labels.without(lambda name: fullmatch(regex, name) is True)
        case "labelkeep":
            return _kept(rule, labels)
        case _ if rule.sets:
            return _written(rule, labels)
        case _:
            return labels


def _written(rule: Rule, labels: Names) -> Names:
    if rule.target is None:
        return Names(labels.known, frozenset({""}))
    head, sign, _ = rule.target.partition("$")
    if sign:
        return Names(labels.known, labels.prefixes | {head})
    if rule.action == "replace" and rule.replacement == "":
        return labels.without(lambda name: name == rule.target) if _always(rule) else labels
    return labels.with_([rule.target]) if rule.target else labels


def _always(rule: Rule) -> bool:
    """Whether the rule fires for every label set."""
    return rule.regex in ("(.*)", ".*")


def _mapped(rule: Rule, labels: Names) -> Names:
    """What a `labelmap` copies; a name that is not known lands behind the text in front of its group."""
    if rule.regex is None or rule.replacement is None:
        return Names(labels.known, frozenset({""}))
    head, sign, _ = rule.replacement.partition("$")
    copied: set[str] = set()
    for name in labels.known:
        found = fullmatch(rule.regex, name)
        if found is None:
            return Names(labels.known, frozenset({""}))
        if found:
            if sign:
                return Names(labels.known, labels.prefixes | {head})
            copied.add(rule.replacement)
    if labels.prefixes:
        return Names(labels.known | copied, labels.prefixes | {head})
    return labels.with_(copied)


def _kept(rule: Rule, labels: Names) -> Names:
    regex = rule.regex
    if regex is None:
        return labels
    kept = labels.without(lambda name: fullmatch(regex, name) is False)
    words = re.split(r"\|", regex.strip("()^$"))
    # A list of plain names lets through nothing else, whatever the prefixes stand for.
    if all(re.fullmatch(r"\w+", word) for word in words):
        return Names(frozenset(word for word in words if labels.can(word)))
    return kept
