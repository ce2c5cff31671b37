"""Lays what the user wrote upon the defaults, and gives each null its meaning."""

from __future__ import annotations

from compiler.values.merge import merge
from compiler.values.presets import destination_type, destination_type_names, features
from compiler.values.schema import Schema, base_defaults, load_schema, resolve_ref, subschema
from compiler.values.tree import Entry, MapNode, Path, ScalarNode, SequenceNode, find

__all__ = ["named_alike", "with_defaults", "written"]


def named_alike(user: MapNode) -> MapNode:
    """`user` with the key's own name for each value that is empty, or null without a default, where the schema lets the
    values of a map be empty: there a key stands for itself."""
    root = with_defaults(MapNode({}, user.span))
    return _named_alike(user, resolve_ref(load_schema()), root)


def _named_alike(node: MapNode, schema: Schema, defaults: MapNode) -> MapNode:
    values = schema.get("additionalProperties")
    may_be_empty = isinstance(values, dict) and "" in resolve_ref(values).get("enum", ())
    entries = dict(node.entries)
    for key, entry in node.entries.items():
        below, default = schema.get("properties", {}).get(key), defaults.entries.get(key)
        match entry.node:
            case MapNode() as child if below and default is not None and isinstance(default.node, MapNode):
                entries[key] = Entry(entry.key_span, _named_alike(child, resolve_ref(below), default.node))
            case ScalarNode(value=value) if may_be_empty and (value == "" or (value is None and default is None)):
                entries[key] = Entry(entry.key_span, ScalarNode(key, entry.node.span))
    return MapNode(entries, node.span)


def written(node: MapNode, refused: frozenset[Path], kinds: dict[str, str], path: Path = ()) -> MapNode:
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
            child = written(child, refused, kinds, below)
        elif isinstance(child, SequenceNode):
            kept = (item for at, item in enumerate(child.items) if (*below, at) not in refused)
            child = SequenceNode(tuple(kept), child.span)
        elif isinstance(child, ScalarNode) and child.value is None and key in settings:
            schema = resolve_ref(settings[key])
            if schema.get("type") != "array" and (schema.get("type") != "object" or "properties" in schema):
                continue
        entries[key] = Entry(entry.key_span, child)
    return MapNode(entries, node.span)


def with_defaults(user: MapNode) -> MapNode:
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
