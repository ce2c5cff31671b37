"""Holds values against the closed schema: what is wrong is reported with its place, in the words of values."""

from __future__ import annotations

from typing import Any

from compiler.check.formats import regex_fault
from compiler.diagnostics import Diagnostics, Severity, Span
from compiler.values.errors import (
    BadValue,
    MissingKey,
    NotAllowed,
    NotNamed,
    RenamedKey,
    UnknownKey,
    UnknownPreset,
    UnsupportedKey,
    UnsupportedValue,
    WrongType,
)  # fmt: skip
from compiler.values.presets import destination_type_names, feature_names
from compiler.values.schema import destination_kinds, load_schema
from compiler.values.tree import MapNode, Node, Path, ScalarNode, SequenceNode, dotted, find, plain
from compiler.values.upstream import is_upstream, renamed, upstream_destination_types

__all__ = ["check"]

_TYPES = {
    "string": "a text", "boolean": "a boolean", "integer": "a whole number", "number": "a number", "array": "a list",
    "object": "a map", "null": "null",
}  # fmt: skip


def check(user: MapNode, diagnostics: Diagnostics, *, allow_unknown: bool = False) -> frozenset[Path]:
    """Reports all that the schema refuses; returns the paths of what cannot be read: unknown keys and wrong values."""
    from jsonschema import Draft202012Validator, FormatChecker  # noqa: PLC0415 - half of a render's import time

    reporter = _Reporter(user, diagnostics, allow_unknown)
    formats = FormatChecker(formats=())
    formats.checks("regex")(lambda text: not isinstance(text, str) or regex_fault(text) is None)
    errors = Draft202012Validator(load_schema(), format_checker=formats).iter_errors(_instance(user))
    for error in sorted(errors, key=lambda error: [str(step) for step in error.absolute_path]):
        reporter.report(error)
    return frozenset(reporter.refused)


class _Reporter:
    """Turns what the schema refuses into facts. `refused` collects the paths of what cannot be read."""

    def __init__(self, user: MapNode, diagnostics: Diagnostics, allow_unknown: bool) -> None:
        self.user = user
        self.diagnostics = diagnostics
        self.unknown = Severity.WARNING if allow_unknown else None
        self.kinds = destination_kinds(user)
        self.refused: set[Path] = set()

    def report(self, error: Any) -> None:
        path: Path = tuple(error.absolute_path)
        match error.validator:
            case "additionalProperties":
                for key in error.instance:
                    if key not in error.schema["properties"]:
                        self.key((*path, key), tuple(error.schema["properties"]))
            case "type":
                self.type(path, error)
            case "enum":
                self.choice(path, error)
            case "required":
                for key in error.validator_value:
                    if key not in error.instance:
                        allowed = error.schema["properties"][key].get("enum", ["…"])
                        example = f"{key}: {', '.join(allowed)}"
                        self.diagnostics.report(MissingKey(dotted((*path, key)), example), self.key_span(path))
            case "pattern" if "propertyNames" in error.absolute_schema_path:
                path = (*path, error.instance)
                self.refused.add(path)
                self.diagnostics.report(BadValue(dotted(path), _no(error)), self.key_span(path))
            case "pattern":
                self.refused.add(path)
                self.diagnostics.report(BadValue(dotted(path), _no(error)), self.value_span(path))
            case "format":
                self.refused.add(path)
                problem = f"`{error.instance}` is no valid RE2 expression: {regex_fault(error.instance)}"
                self.diagnostics.report(BadValue(dotted(path), problem), self.value_span(path))
            case "minimum":
                problem = f"must be at least {error.validator_value}"
                self.diagnostics.report(BadValue(dotted(path), problem), self.value_span(path))
            case "minLength" | "minItems":
                self.diagnostics.report(BadValue(dotted(path), "must not be empty"), self.value_span(path))
            case _:
                self.diagnostics.report(BadValue(dotted(path), error.message), self.value_span(path))

    def key(self, path: Path, known: tuple[str, ...]) -> None:
        """A key that the schema does not have: renamed, not supported yet, or unknown."""
        key, span = str(path[-1]), self.key_span(path)
        self.refused.add(path)
        now = renamed(key) if len(path) == 1 else None
        if now is not None:
            self.diagnostics.report(RenamedKey(key, now), span)
        elif is_upstream(path, self.kinds):
            severity = Severity.WARNING if self.switched_off(path) else self.unknown
            self.diagnostics.report(UnsupportedKey(dotted(path)), span, severity=severity)
        else:
            self.diagnostics.report(UnknownKey(key, dotted(path[:-1]), known), span, severity=self.unknown)

    def type(self, path: Path, error: Any) -> None:
        self.refused.add(path)
        allowed = [error.validator_value] if isinstance(error.validator_value, str) else error.validator_value
        found = _type_name(error.instance)
        if path[0] in ("destinations", "collectors") and allowed == ["object"] and len(path) <= 2:
            self.diagnostics.report(NotNamed(str(path[0]), dotted(path), found), self.key_span(path))
            return
        if found == "a number" and "integer" in allowed:
            found = "a number with a fraction"
        expected = " or ".join(_TYPES[name] for name in allowed)
        keys = tuple(error.schema.get("properties", ()))
        self.diagnostics.report(WrongType(dotted(path), expected, found, keys), self.value_span(path))

    def choice(self, path: Path, error: Any) -> None:
        self.refused.add(path)
        found, span = error.instance, self.value_span(path)
        is_type = path[0] == "destinations" and path[2:] == ("type",)
        if not isinstance(found, str):
            self.diagnostics.report(WrongType(dotted(path), "a text", _type_name(found)), span)
        elif path[0] == "presets":
            self.diagnostics.report(UnknownPreset(found, feature_names()), span)
        elif is_type and found in upstream_destination_types():
            self.diagnostics.report(UnsupportedValue(dotted(path), found, destination_type_names()), span)
        else:
            self.diagnostics.report(NotAllowed(dotted(path), found, tuple(error.validator_value)), span)

    def switched_off(self, path: Path) -> bool:
        """Whether the user switches the whole feature at `path` off, so that lacking it loses nothing."""
        found = find(self.user, (*path, "enabled"))
        return found is not None and isinstance(found[0], ScalarNode) and found[0].value is False

    def key_span(self, path: Path) -> Span | None:
        found = find(self.user, path)
        return found[1] if found else None

    def value_span(self, path: Path) -> Span | None:
        found = find(self.user, path)
        return found[0].span if found else None


def _no(error: Any) -> str:
    """What a text that fails a pattern should be; the schema with the pattern says it in its description."""
    return f"`{error.instance}` is no {error.schema['description']}"


def _type_name(value: object) -> str:
    match value:
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
        case dict():
            return "a map"
        case _:
            return "null"


def _instance(node: Node) -> Any:
    """The plain value without nulls: to Helm a null means that the key is not set."""
    match node:
        case ScalarNode():
            return node.value
        case SequenceNode():
            return [_instance(item) for item in node.items]
        case MapNode():
            return {key: _instance(entry.node) for key, entry in node.entries.items() if plain(entry.node) is not None}
