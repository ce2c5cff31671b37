"""Files of recorded Kubernetes objects: YAML or JSON, as `kubectl get … -o yaml` and `kmon inventory` print them.

A file holds objects, lists of objects, or several documents.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from compiler.texts import read_text, why
from runtime.kubernetes.objects import KINDS

__all__ = ["InventoryError", "Recorded", "read_recorded"]

_KINDS = {kind.resource.kind: kind for kind in KINDS}
Recorded = dict[str, list[bytes]]
"""By kind, each object in JSON: as an API server would send it."""


class InventoryError(Exception):
    """A file that cannot be read as Kubernetes objects; the text names file and reason."""


def read_recorded(file: Path) -> Recorded:
    """Raises `InventoryError`."""
    found: Recorded = {}
    for item in _objects(file):
        encoded = msgspec.json.encode(item)
        if (kind := _KINDS.get(item["kind"])) is not None:
            try:
                msgspec.json.decode(encoded, type=kind)
            except msgspec.ValidationError as error:
                what = f"{item['kind']} `{item['metadata']['name']}`"
                raise InventoryError(f"{file}: {what} is not as the API has it: {error}") from None
        found.setdefault(item["kind"], []).append(encoded)
    return found


def _objects(file: Path) -> Iterator[dict[str, Any]]:
    try:
        for document in _documents(file, read_text(file)):
            yield from _flatten(file, document)
    except OSError as error:
        raise InventoryError(f"{error.filename}: {why(error)}") from None
    except json.JSONDecodeError as error:
        raise InventoryError(f"{file}:{error.lineno}:{error.colno}: no valid JSON: {error.msg.lower()}") from None
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark is not None else f"{file}"
        problem = str(getattr(error, "problem", None) or error)
        problem = problem.partition(" with value ")[0]  # of a duplicate key: it may be a secret
        raise InventoryError(f"{place}: no valid YAML: {problem}") from None
    except RecursionError:
        raise InventoryError(f"{file}: maps and lists are nested too deep") from None


def _documents(file: Path, text: str) -> list[Any]:
    if file.suffix == ".json":
        return [json.loads(text)]
    if text.startswith("{"):
        # A recorded cluster: YAML that is JSON, of which there may be much more than YAML can be read in a second.
        with suppress(ValueError):
            return [json.loads(text)]
    return list(YAML(typ="safe", pure=True).load_all(text))


def _flatten(file: Path, document: Any) -> Iterator[dict[str, Any]]:
    match document:
        case None:
            return
        case list():
            for item in document:
                yield from _flatten(file, item)
        case {"kind": str(kind), "items": list(items)} if kind.endswith("List"):
            # `kubectl get pods -o json` through a typed list leaves the kind out of its items.
            for item in items:
                yield from _flatten(
                    file, {"kind": kind.removesuffix("List"), **item} if isinstance(item, dict) else item
                )
        case {"kind": str(), "metadata": {"name": str()}}:
            yield document
        case _:
            raise InventoryError(
                f"{file}: holds something that is no Kubernetes object (it needs `kind` and `metadata.name`)"
            )
