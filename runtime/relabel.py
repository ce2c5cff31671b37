"""Prometheus relabelling, the rules that `discovery.relabel`, `loki.relabel`, `prometheus.relabel` and every `relabel_rules` share.

Semantics: Prometheus' relabel_config documentation; where that is silent, what Alloy was measured to do.

* A source label that is missing counts as the empty text; sources are joined with `separator`.
* `regex` is RE2, anchored on both sides, and `.` matches a newline.
* Setting a label to the empty text removes it, and labels that are empty from the start leave with the result.
* Label names of targets follow the UTF-8 rule (any non-empty text); only a name that is a template (`$1`) keeps to the classic
  characters. Where rules are `for_records`, `replace` sets no label whose name has others: a backend would refuse the record.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

import msgspec

from runtime.component import ComponentError
from runtime.text.text_regex import Groups, TextRegex

__all__ = ["Rule", "Rules", "expand"]

Labels = dict[str, str]

_REFERENCE = re.compile(r"\$(?:\$|\{(\w+)\}|(\w+))")
_TEMPLATE = re.compile(r"(?:(?:[a-zA-Z_]|\$(?:\{\w+\}|\w+))+\w*)+", re.ASCII)
_CLASSIC = re.compile(r"[a-zA-Z_]\w*", re.ASCII)
_ANY_NAME = re.compile(r".+", re.DOTALL)
_EVERYTHING = "(.*)"
"""The default: most rules copy a label, which needs no matching."""
_CACHED = 10_000
"""Distinct joined values of which a rule remembers the match; label values repeat, so most look-ups hit."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One `rule` block, with Alloy's defaults."""

    source_labels: list[str] = []
    separator: str = ";"
    regex: str = _EVERYTHING
    modulus: int = 0
    target_label: str = ""
    replacement: str = "$1"
    action: str = "replace"


class _Template:
    """A text with references to groups, taken apart once."""

    __slots__ = ("_parts", "refers")

    def __init__(self, text: str, names: Mapping[str, int]) -> None:
        self._parts: list[str | int] = []
        end = 0
        for match in _REFERENCE.finditer(text):
            self._parts += [text[end : match.start()], _group(match, names)]
            end = match.end()
        self._parts = [part for part in (*self._parts, text[end:]) if part != ""]
        self.refers = any(isinstance(part, int) for part in self._parts)
        """Whether it is another text for another match."""

    def expand(self, groups: Groups) -> str:
        """`groups[0]` is the whole match."""
        count = len(groups)
        return "".join(
            [part if isinstance(part, str) else (groups[part] or "") if part < count else "" for part in self._parts]
        )


def _group(match: re.Match[str], names: Mapping[str, int]) -> int | str:
    """What a reference refers to: a group's number, or a text that is the same for all matches."""
    name = match[1] or match[2]
    if name is None:
        return "$"
    # As in Go, "01" is a name and not a number.
    is_number = name.isascii() and name.isdigit() and (name == "0" or name[0] != "0")
    return int(name) if is_number else names.get(name, "")


def expand(template: str, groups: Groups, names: Mapping[str, int]) -> str:
    """Go's `Regexp.Expand`: `$1`, `$name`, `${name}`, `$$`; unknown groups are empty, a lone `$` stays.

    `groups[0]` is the whole match; `names` maps named groups to their number.
    """
    return _Template(template, names).expand(groups)


class _Compiled:
    """A checked rule and the matches that it has seen."""

    __slots__ = ("_everything", "_matches", "_regex", "apply", "names", "replacement", "rule", "target")

    def __init__(self, rule: Rule, names: re.Pattern[str]) -> None:
        """`names` are those that `replace` may set."""
        self.rule = rule
        self.names = names
        self._regex = TextRegex(rule.regex, "regex", anchored=True)
        self._everything = rule.regex == _EVERYTHING
        self._matches: dict[str, Groups | None] = {}
        self.target = _Template(rule.target_label, self._regex.names)
        self.replacement = _Template(rule.replacement, self._regex.names)
        if rule.action not in _ACTIONS:
            raise ComponentError(
                f"`{rule.action}` is no relabel action, expected one of: {', '.join(_ACTIONS)}", "action"
            )
        _check(rule)
        copies = self._everything and rule.replacement == "$1" and not self.target.refers
        copies = copies and names.fullmatch(rule.target_label) is not None
        self.apply = _copy if copies and rule.action == "replace" else _ACTIONS[rule.action]

    def joined(self, labels: Labels) -> str:
        sources = self.rule.source_labels
        if len(sources) == 1:
            return labels.get(sources[0], "")
        return self.rule.separator.join([labels.get(name, "") for name in sources])

    def match(self, value: str) -> Groups | None:
        if self._everything:
            return (value, value)
        try:
            return self._matches[value]
        except KeyError:
            pass
        groups = self._regex.groups(value)
        if len(self._matches) >= _CACHED:
            self._matches.clear()
        self._matches[value] = groups
        return groups


def _replace(c: _Compiled, labels: Labels) -> bool:
    groups = c.match(c.joined(labels))
    if groups is None:
        return True
    target = c.target.expand(groups) if c.target.refers else c.rule.target_label
    if c.names.fullmatch(target):
        _set(labels, target, c.replacement.expand(groups))
    return True


def _copy(c: _Compiled, labels: Labels) -> bool:
    """`replace` as its defaults have it, which most rules are: nothing to match, nothing to expand."""
    _set(labels, c.rule.target_label, c.joined(labels))
    return True


def _set(labels: Labels, name: str, value: str) -> None:
    if value:
        labels[name] = value
    else:
        labels.pop(name, None)


def _keep(c: _Compiled, labels: Labels) -> bool:
    return c.match(c.joined(labels)) is not None


def _drop(c: _Compiled, labels: Labels) -> bool:
    return c.match(c.joined(labels)) is None


def _keepequal(c: _Compiled, labels: Labels) -> bool:
    return c.joined(labels) == labels.get(c.rule.target_label, "")


def _dropequal(c: _Compiled, labels: Labels) -> bool:
    return not _keepequal(c, labels)


def _hashmod(c: _Compiled, labels: Labels) -> bool:
    digest = hashlib.md5(c.joined(labels).encode("utf-8", "surrogateescape"), usedforsecurity=False).digest()
    labels[c.rule.target_label] = str(int.from_bytes(digest[8:], "big") % c.rule.modulus)
    return True


def _labelmap(c: _Compiled, labels: Labels) -> bool:
    for name, value in list(labels.items()):
        groups = c.match(name)
        if groups is not None:
            _set(labels, c.replacement.expand(groups), value)
    return True


def _labeldrop(c: _Compiled, labels: Labels) -> bool:
    for name in [name for name in labels if c.match(name) is not None]:
        del labels[name]
    return True


def _labelkeep(c: _Compiled, labels: Labels) -> bool:
    for name in [name for name in labels if c.match(name) is None]:
        del labels[name]
    return True


def _lowercase(c: _Compiled, labels: Labels) -> bool:
    _set(labels, c.rule.target_label, _letters(c.joined(labels), str.lower))
    return True


def _uppercase(c: _Compiled, labels: Labels) -> bool:
    _set(labels, c.rule.target_label, _letters(c.joined(labels), str.upper))
    return True


def _letters(text: str, change: Callable[[str], str]) -> str:
    """Unicode's simple case mapping: one letter to one letter. A letter that Python's full mapping makes longer keeps
    its first letter when that is the simple one (dotted capital I to i) and else stays (sharp s)."""
    if text.isascii():
        return change(text)
    out = []
    for letter in text:
        changed = change(letter)
        out.append(changed if len(changed) == 1 else "i" if letter == "\u0130" and change is str.lower else letter)
    return "".join(out)


_ACTIONS: dict[str, Callable[[_Compiled, Labels], bool]] = {
    "replace": _replace,
    "keep": _keep,
    "drop": _drop,
    "keepequal": _keepequal,
    "dropequal": _dropequal,
    "hashmod": _hashmod,
    "labelmap": _labelmap,
    "labeldrop": _labeldrop,
    "labelkeep": _labelkeep,
    "lowercase": _lowercase,
    "uppercase": _uppercase,
}
_NEEDS_TARGET = frozenset({"replace", "hashmod", "lowercase", "uppercase", "keepequal", "dropequal"})
_DEFAULT = Rule()


def _check(rule: Rule) -> None:
    """What Prometheus refuses in a relabel_config."""
    action = rule.action
    if action in _NEEDS_TARGET and not rule.target_label:
        raise ComponentError(f"action `{action}` needs a `target_label`")
    if action == "hashmod" and not rule.modulus:
        raise ComponentError("action `hashmod` needs a `modulus` above 0", "modulus")
    if action == "replace" and "$" in rule.target_label and not _TEMPLATE.fullmatch(rule.target_label):
        raise ComponentError(
            f"`{rule.target_label}` is no valid `target_label`: around `$1` only letters, digits and `_` may stand",
            "target_label",
        )
    if action in ("lowercase", "uppercase") and rule.replacement != _DEFAULT.replacement:
        raise ComponentError(f"action `{action}` takes no `replacement`", "replacement")
    if action == "labelmap" and not _TEMPLATE.fullmatch(rule.replacement):
        raise ComponentError(f"`{rule.replacement}` is no valid `replacement` for action `labelmap`", "replacement")
    if action in ("labeldrop", "labelkeep"):
        _only(rule, action, {"regex"})
    if action in ("keepequal", "dropequal"):
        _only(rule, action, {"source_labels", "target_label"})


def _only(rule: Rule, action: str, allowed: set[str]) -> None:
    for name, value, default in zip(
        rule.__struct_fields__, msgspec.structs.astuple(rule), msgspec.structs.astuple(_DEFAULT), strict=True
    ):
        if name not in allowed | {"action"} and value != default:
            wanted = " and ".join(f"`{word}`" for word in sorted(allowed))
            raise ComponentError(f"action `{action}` takes only {wanted}, remove `{name}`", name)


class Rules:
    """Checked rules, in order. Also the capsule that `rules` exports carry."""

    __slots__ = ("_compiled", "_for_records", "rules")
    capsule_type: ClassVar[str] = "relabel.Rules"

    def __init__(self, rules: Sequence[Rule], names: re.Pattern[str] = _ANY_NAME) -> None:
        """Raises `ComponentError` naming the rule's argument (`rule[2].regex`, counted from 0)."""
        self.rules = tuple(rules)
        self._for_records: Rules | None = self if names is _CLASSIC else None
        compiled = []
        for index, rule in enumerate(rules):
            try:
                compiled.append(_Compiled(rule, names))
            except ComponentError as error:
                attribute = f"rule[{index}]" + (f".{error.attribute}" if error.attribute else "")
                raise ComponentError(str(error), attribute) from None
        self._compiled = tuple(compiled)

    @property
    def for_records(self) -> Rules:
        """The same rules for labels of records, not of targets."""
        if self._for_records is None:
            self._for_records = Rules(self.rules, _CLASSIC)
        return self._for_records

    def apply(self, labels: Mapping[str, str]) -> Labels | None:
        """The relabelled labels, or None when a rule dropped them."""
        out = {name: value for name, value in labels.items() if value}
        for rule in self._compiled:
            if not rule.apply(rule, out):
                return None
        return out

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rules) and self.rules == other.rules

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        return f"Rules({len(self.rules)})"
