"""Writes what is generated: `python -m kmon.generate`, or `make generate`. A test fails when a file differs from what this writes.

schemas/source/alloy-1.18.json + overlay.toml  →  schemas/components/*.json
presets/*/schema.json                          →  schemas/values.schema.json
compiler/lint/rules/*.py                       →  docs/reference/rules.md
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from compiler.graph.edges import PUSHED, signal
from compiler.lint.registry import FAMILIES, pages
from compiler.resources import schemas
from compiler.values.schema import schema_text

__all__ = ["generated", "main"]

Json = dict[str, Any]


def generated() -> Iterator[tuple[Path, str]]:
    """Every generated file with its content."""
    for name, schema in component_schemas().items():
        yield schemas() / "components" / f"{name}.json", _text(schema)
    yield schemas() / "values.schema.json", schema_text()
    yield schemas().parent / "docs/reference/rules.md", rules_text()


def rules_text() -> str:
    """The pages of all lint rules, by family."""
    out = ["# Lint rules", "", "What `kmon lint` finds. This file is generated from the rules.", ""]
    known = pages()
    for prefix, family in FAMILIES.items():
        chosen = [page for page in known.values() if page.code.startswith(prefix)]
        if not chosen:
            continue
        out += [f"## {family[0].upper()}{family[1:]} ({prefix}xx)", ""]
        for page in chosen:
            body = page.page.partition("\n")[2].strip()
            out += [f"### {page.code}: {page.title}", "", f"Severity: {page.fact.severity}", "", body, ""]
    return "\n".join(out)


def component_schemas() -> dict[str, Json]:
    """Components and configuration blocks by name, in the format that `compiler.catalog` reads."""
    source = json.loads((schemas() / "source/alloy-1.18.json").read_text(encoding="utf-8"))
    overlay = tomllib.loads((schemas() / "source/overlay.toml").read_text(encoding="utf-8"))
    out: dict[str, Json] = {}
    for kind, group in (("component", source["components"]), ("config", source["config_blocks"])):
        for name, entry in group.items():
            body = _body(entry["body"], name, (name,), source["bodies"], overlay)
            for part, extra in overlay["extra"].get(name, {}).items():
                body[part] |= extra
            out[name] = {
                "name": name,
                "kind": kind,
                "stability": entry["stability"],
                "community": entry.get("community", False),
                "label": entry.get("label", "required"),
                "body": body,
                "exports": {
                    export: {"type": overlay["export"].get(f"{name}.{export}", type_)}
                    for export, type_ in entry.get("exports", {}).items()
                },
            }
            if kind == "component":
                out[name]["signals"] = _signals(out[name])
    return out


def _body(entry: Json, component: str, place: tuple[str, ...], bodies: Mapping[str, Json], overlay: Json) -> Json:
    """The attributes and blocks of `entry`, whose body may stand among the shared ones. `place` is the component and the
    block inside it that this is the body of."""
    if "body" in entry:
        entry = bodies[entry["body"]]
    return {
        "attributes": {
            name: _attribute(attribute, ".".join((*place, name)), overlay)
            for name, attribute in entry.get("attributes", {}).items()
        },
        "blocks": {
            name: _block(block, component, name, bodies, overlay) for name, block in entry.get("blocks", {}).items()
        },
    }


def _signals(schema: Json) -> Json:
    """What a component takes and gives: who takes exports a receiver, who gives names one; targets go the other way."""
    exported = {signal(export["type"]) for export in schema["exports"].values()}
    accepted = {signal(kind) for kind in _types(schema["body"])}
    return {
        "consumes": sorted((exported & PUSHED) | (accepted & {"targets"})),
        "produces": sorted((accepted & PUSHED) | (exported & {"targets"})),
    }


def _types(body: Json) -> Iterator[str]:
    """The types of all attributes; of a list of receivers that of its elements."""
    for attribute in body["attributes"].values():
        kind = attribute["type"]
        yield kind[5:-1] if kind.startswith("list(capsule(") else kind
    for block in body["blocks"].values():
        if "ref" not in block:
            yield from _types(block)


def _block(entry: Json, component: str, name: str, bodies: Mapping[str, Json], overlay: Json) -> Json:
    head = {key: value for key, value in entry.items() if key not in ("attributes", "blocks", "body")}
    return head if "ref" in entry else {**head, **_body(entry, component, (component, name), bodies, overlay)}


def _attribute(entry: Json, place: str, overlay: Json) -> Json:
    out = {key: value for key, value in entry.items() if key != "text"}
    text = entry.get("text")
    for key in ("enum", "format"):
        if text in overlay[key]:
            out[key] = overlay[key][text]
    out |= overlay["attribute"].get(place, {})
    if "fields" in entry:
        out["fields"] = {name: _attribute(field, f"{place}.{name}", overlay) for name, field in entry["fields"].items()}
    return out


def _text(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    wanted = dict(generated())
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for stale in set((schemas() / "components").glob("*.json")) - wanted.keys():
        stale.unlink()
    print(f"{len(wanted)} files")


if __name__ == "__main__":
    main()
