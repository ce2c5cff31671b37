"""Objects of a cluster as an inventory file has them: only what components read, and nothing secret."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from runtime.kubernetes.objects import KubernetesObject, Secret
from runtime.kubernetes.pages import pages
from runtime.kubernetes.source import ApiError, ObjectSource

__all__ = ["record"]

_REDACTED = "<redacted>"
_WHOLE_OBJECT = "kubectl.kubernetes.io/last-applied-configuration"
"""An annotation that holds the object as it was written, with everything that is left out here."""


async def record(
    source: ObjectSource, kind: type[KubernetesObject], namespace: str = ""
) -> AsyncIterator[dict[str, Any]]:
    """All objects of `kind`, or those of a namespace, in their JSON form. Of secrets only the names of values and annotations are kept.
    Raises `ApiError`."""
    decode = msgspec.json.Decoder(kind).decode
    path = kind.resource.path(namespace)
    async for page in pages(source.request, path, {}):
        for raw in page.items or ():
            try:
                item = decode(raw)
            except msgspec.DecodeError as error:
                raise ApiError(f"an object of {path} is not as the API has it: {error}") from None
            yield _recorded(item)


async def record_one(
    source: ObjectSource, kind: type[KubernetesObject], namespace: str, name: str
) -> AsyncIterator[dict[str, Any]]:
    """The same of one object: the permission to `get` it is enough."""
    yield _recorded(await source.read(kind, namespace, name))


def _recorded(item: KubernetesObject) -> dict[str, Any]:
    resource = item.resource
    whole = {"apiVersion": resource.api_version, "kind": resource.kind, **msgspec.to_builtins(item)}
    annotations = whole["metadata"].get("annotations", {})
    # Tools keep what they wrote in annotations of their own.
    hidden = annotations if isinstance(item, Secret) else annotations.keys() & {_WHOLE_OBJECT}
    annotations |= dict.fromkeys(hidden, _REDACTED)
    if isinstance(item, Secret) and item.data:
        whole["data"] = dict.fromkeys(item.data, base64.b64encode(_REDACTED.encode()).decode())
    return whole
