"""Holds values against the closed schema and fills in the defaults: `MapNode` as written → `Document`."""

from __future__ import annotations

from typing import Any

from compiler.diagnostics import Diagnostics, Severity, Span
from compiler.values.document import Document
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
)
from compiler.values.merge import merge
from compiler.values.presets import destination_type, destination_type_names, feature_names, features
from compiler.values.schema import base_defaults, destination_kinds, load_schema, resolve_ref, subschema
from compiler.values.tree import Entry, MapNode, Node, Path, ScalarNode, SequenceNode, dotted, find, plain
from compiler.values.upstream import is_upstream, renamed, upstream_destination_types

__all__ = ["validate"]

_TYPES = {
    "string": "a text", "boolean": "a boolean", "integer": "a whole number", "number": "a number", "array": "a list",
    "object": "a map", "null": "null",
}  # fmt: skip


def validate(user: MapNode, diagnostics: Diagnostics, *, allow_unknown: bool = False) -> Document:
    """The document of `user` upon the defaults. All that is wrong is reported; unknown keys are left out of it."""
    checker = _Checker(user, diagnostics, allow_unknown)
    refused = frozenset(checker.check())
    kept = _unset(user, refused, destination_kinds(user))
    return Document(_defaulted(kept), kept, refused)


class _Checker:
    def __init__(self, user: MapNode, diagnostics: Diagnostics, allow_unknown: bool) -> None:
        self.user = user
        self.diagnostics = diagnostics
        self.unknown = Severity.WARNING if allow_unknown else None
        self.kinds = destination_kinds(user)
        self.refused: set[Path] = set()

    def check(self) -> set[Path]:
        """Reports everything; returns the paths of unknown keys and of what cannot be read at all."""
        from jsonschema import Draft202012Validator  # noqa: PLC0415 - half of a render's import time

        instance = _instance(self.user)
        validator = Draft202012Validator(load_schema())
        errors = sorted(validator.iter_errors(instance), key=lambda error: [str(step) for step in error.absolute_path])
        for error in errors:
            self.report(error)
        return self.refused

    def report(self, error: Any) -> None:
        path: Path = tuple(error.absolute_path)
        match error.validator:
            case "additionalProperties":
                for key in error.instance:
                    if key not in error.schema["properties"]:
                        self.key((*path, key), tuple(error.schema["properties"]))
            case "type":
                self.type(path, error)
            case "enum" | "const":
                self.choice(path, error)
            case "required":
                for key in error.validator_value:
                    if key not in error.instance:
                        choices = ", ".join(destination_type_names())
                        self.diagnostics.report(
                            MissingKey(dotted((*path, key)), f"{key}: {choices}"), self.key_span(path)
                        )
            case "pattern" if "propertyNames" in error.absolute_schema_path:
                path = (*path, error.instance)
                self.refused.add(path)
                self.diagnostics.report(BadValue(dotted(path), _no(error)), self.key_span(path))
            case "pattern":
                self.refused.add(path)
                self.diagnostics.report(BadValue(dotted(path), _no(error)), self.value_span(path))
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
        allowed = tuple(
            map(str, error.validator_value if isinstance(error.validator_value, list) else [error.validator_value])
        )
        if path[0] == "presets":
            self.diagnostics.report(UnknownPreset(str(found), feature_names()), span)
        elif (
            len(path) == 3 and path[0] == "destinations" and path[2] == "type" and found in upstream_destination_types()
        ):
            self.diagnostics.report(UnsupportedValue(dotted(path), found, destination_type_names()), span)
        elif not isinstance(found, str):
            self.diagnostics.report(WrongType(dotted(path), "a text", _type_name(found)), span)
        else:
            self.diagnostics.report(NotAllowed(dotted(path), found, allowed), span)

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


def _unset(node: MapNode, refused: frozenset[Path], kinds: dict[str, str], path: Path = ()) -> MapNode:
    """`node` without what was refused, and with each null taken for what it says.

    A setting that is null is as if it were not written. A list and a map with keys of the user's own stay null, which
    takes what they hold by default away; so do the entries of such a map.
    """
    settings = (subschema(path, kinds) or {}).get("properties", {})
    entries = {}
    for key, entry in node.entries.items():
        below = (*path, key)
        child = entry.node
        if below in refused:
            continue
        if isinstance(child, MapNode):
            child = _unset(child, refused, kinds, below)
        elif isinstance(child, SequenceNode):
            kept = (item for at, item in enumerate(child.items) if (*below, at) not in refused)
            child = SequenceNode(tuple(kept), child.span)
        elif isinstance(child, ScalarNode) and child.value is None and key in settings:
            schema = resolve_ref(settings[key])
            if schema.get("type") != "array" and (schema.get("type") != "object" or "properties" in schema):
                continue
        entries[key] = Entry(entry.key_span, child)
    return MapNode(entries, node.span)


def _defaulted(user: MapNode) -> MapNode:
    """`user` upon all defaults; each destination and each collector has those of its own kind under it."""
    base = base_defaults()
    common, collector = base.entries["feature"].node, base.entries["collector"].node
    assert isinstance(common, MapNode)
    assert isinstance(collector, MapNode)
    entries = {key: entry for key, entry in base.entries.items() if key not in ("feature", "collector")}
    for feature in features():
        node = merge(common, feature.defaults())
        entries[feature.key] = Entry(node.span, node)
    for group in ("destinations", "collectors"):
        found = find(user, (group,))
        if found is not None and isinstance(found[0], MapNode):
            entries[group] = Entry(found[1], _defaulted_group(group, found[0], collector))
    defaults = MapNode(entries, base.span)
    return _emptied(merge(defaults, user), defaults)


def _emptied(node: MapNode, defaults: MapNode) -> MapNode:
    """A null in the place of a map or list is an empty one, so that it can still be read as such."""
    entries = dict(node.entries)
    for key, default in defaults.entries.items():
        entry = entries[key]
        match default.node, entry.node:
            case MapNode(), MapNode():
                entries[key] = Entry(entry.key_span, _emptied(entry.node, default.node))
            case MapNode(), ScalarNode(value=None):
                entries[key] = Entry(entry.key_span, MapNode({}, entry.node.span))
            case SequenceNode(), ScalarNode(value=None):
                entries[key] = Entry(entry.key_span, SequenceNode((), entry.node.span))
    return MapNode(entries, node.span)


def _defaulted_group(group: str, named: MapNode, collector: MapNode) -> MapNode:
    entries = {}
    for name, entry in named.entries.items():
        kind = find(entry.node, ("type",))
        if group == "collectors" and isinstance(entry.node, MapNode):
            entries[name] = Entry(entry.key_span, collector)
        elif kind is not None and isinstance(kind[0], ScalarNode) and kind[0].value in destination_type_names():
            entries[name] = Entry(entry.key_span, destination_type(str(kind[0].value)).defaults())
    return MapNode(entries, named.span)
