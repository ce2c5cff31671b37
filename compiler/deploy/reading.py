"""Manifests as written: the objects of a file, whoever made it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from compiler.diagnostics import Source

__all__ = ["ManifestError", "read_objects"]


class ManifestError(ValueError):
    """The text is no YAML, or its objects are none; the message begins with the position."""


def read_objects(source: Source) -> Iterator[Mapping[str, Any]]:
    """Each object of all documents, those of a list by themselves. Raises `ManifestError`."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - only with a file of manifests
    from ruamel.yaml.error import MarkedYAMLError, YAMLError  # noqa: PLC0415

    try:
        documents = list(YAML().load_all(source.text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{source.name}:{mark.line + 1}:{mark.column + 1}" if mark is not None else source.name
        problem = str(error.problem).partition(" with value ")[0]  # of a duplicate key: it may be a secret
        raise ManifestError(f"{where}: invalid YAML: {problem}") from None
    except YAMLError as error:
        raise ManifestError(f"{source.name}: invalid YAML: {error}") from None
    except RecursionError:
        raise ManifestError(f"{source.name}: maps and lists are nested too deep") from None
    for document in documents:
        if document is None:
            continue
        if not isinstance(document, Mapping):
            raise ManifestError(f"{source.name}:1:1: a manifest is a map with `kind`, this is none")
        items = document.get("items") if str(document.get("kind", "")).endswith("List") else None
        yield from (one for one in (items if items is not None else [document]) if isinstance(one, Mapping))
