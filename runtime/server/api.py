"""Components as JSON, in the shape of Alloy's `/api/v0/web/components`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from compiler.catalog import BodySchema
from compiler.confidential import is_secret_header
from compiler.evaluate import encode
from compiler.evaluate.types import Secret
from compiler.graph.model import Edge
from runtime.engine import Engine, Instance
from runtime.server.page import Page

__all__ = ["component_json", "components_json"]

Json = dict[str, Any]


def components_json(engine: Engine, module_id: str = "") -> list[Json]:
    """All components of a module, without arguments, exports and debug info."""
    return [_outline(i) for i in engine.instances() if i.is_component and i.module.id == module_id]


def component_json(engine: Engine, component_id: str, page: Page) -> Json | None:
    """One component; None when there is none of that id. Secrets are redacted, optional values equal to their defaults are
    left out. Of long lists a `page` is shown, with their full length beside it."""
    for instance in engine.instances():
        if instance.is_component and instance.id == component_id:
            return {
                **_outline(instance),
                "arguments": list(_statements(instance.arguments, instance.node.schema.body, page)),
                "exports": [_attribute(name, value, page) for name, value in instance.exported.items()],
                "debugInfo": _debug_info(instance, page),
            }
    return None


def _outline(instance: Instance) -> Json:
    module = instance.module
    health = instance.health
    return {
        "name": instance.node.type,
        "type": "block",
        "localID": instance.local_id,
        "moduleID": module.id,
        "label": instance.node.label,
        "referencesTo": list(module.dependencies.of(instance.local_id)),
        "referencedBy": list(module.dependencies.dependants(instance.local_id)),
        "dataFlowEdgesTo": list(dict.fromkeys(e.consumer for e in module.graph.edges if _flows(e, instance))),
        "health": {
            "state": health.state,
            "message": health.message,
            "updatedTime": datetime.fromtimestamp(health.updated, UTC).isoformat().replace("+00:00", "Z"),
        },
        "original": "",
        "arguments": [],
        "exports": [],
        "debugInfo": [],
        **({"createdModuleIDs": list(instance.modules)} if instance.modules else {}),
        "liveDebuggingEnabled": False,
    }


def _flows(edge: Edge, instance: Instance) -> bool:
    return edge.producer == instance.local_id and edge.signal != "value"


def _statements(values: object, schema: BodySchema, page: Page) -> Iterator[Json]:
    """`values` is a component's struct or a decoded block; `schema` says what of it is an attribute, what a block."""
    written, defaults = _fields(values)
    for name, attribute in schema.attributes.items():
        # Alloy compares compiled expressions, of which no two are equal, so that the default of one is shown too.
        shown = attribute.required or (attribute.format == "regex" and written.get(name))
        if name in written and (shown or written[name] != defaults.get(name, _NO_DEFAULT)):
            yield _attribute(name, written[name], page)
    families = dict.fromkeys(block.enum for block in schema.blocks.values() if block.enum is not None)
    for name, block in schema.blocks.items():
        if block.enum is None and name in written and written[name] != defaults.get(name, _NO_DEFAULT):
            found = written[name] if isinstance(written[name], list | tuple) else [written[name]]
            yield from (_block(name, one, block.body, page) for one in found if one is not None)
    for family in families:
        for member, inner in written.get(family) or ():
            name = f"{family}.{member}"
            yield _block(name, inner, schema.blocks[name].body, page)


_NO_DEFAULT = object()


def _fields(values: object) -> tuple[Mapping[str, Any], Mapping[str, object]]:
    """Values and defaults by name."""
    if not isinstance(values, msgspec.Struct):
        return (values if isinstance(values, Mapping) else {}), {}
    by_field = msgspec.structs.asdict(values)
    fields = msgspec.structs.fields(values)
    return {f.encode_name: by_field[f.name] for f in fields}, {
        f.encode_name: _default(f) for f in fields if not f.required
    }


def _default(field: msgspec.structs.FieldInfo) -> object:
    return field.default_factory() if field.default_factory is not msgspec.NODEFAULT else field.default


def _block(name: str, values: object, schema: BodySchema, page: Page) -> Json:
    written, _ = _fields(values)
    label = {"label": written["label"]} if "label" in written and "label" not in schema.attributes else {}
    return {"name": name, "type": "block", **label, "body": list(_statements(values, schema, page))}


def _attribute(name: str, value: object, page: Page) -> Json:
    """Headers can hold secrets although no type says so."""
    if isinstance(value, Mapping) and name.endswith(("header", "headers")):
        value = {key: Secret("") if is_secret_header(str(key)) else inner for key, inner in value.items()}
    return {"name": name, "type": "attr", "value": encode(page.cut(value)), **page.note(value)}


def _debug_info(instance: Instance, page: Page) -> list[Json]:
    if instance.component is None:
        return []
    return [_attribute(name, value, page) for name, value in instance.component.debug_info().items()]
