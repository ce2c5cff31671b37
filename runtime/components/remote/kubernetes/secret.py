"""remote.kubernetes.secret"""

from __future__ import annotations

import base64
import binascii

import msgspec

from compiler.evaluate.types import Secret
from runtime.components.remote.kubernetes._object import Arguments, NamedObject
from runtime.kubernetes import objects
from runtime.polled import ReadError
from runtime.registry import component


class Exports(msgspec.Struct, frozen=True):
    data: dict[str, Secret]


@component("remote.kubernetes.secret", arguments=Arguments, exports=Exports)
class KubernetesSecret(NamedObject):
    """Exports the values of a Kubernetes Secret, and again when they have changed.

    A Secret that cannot be read makes the component unhealthy and is tried again: what refers to it waits when there never
    was one, and keeps the last values otherwise, also those of a Secret that was deleted.
    """

    async def read(self, arguments: Arguments) -> Exports:
        secret = await self.get(arguments, objects.Secret)
        return Exports({key: _decoded(key, value) for key, value in (secret.data or {}).items()})


def _decoded(key: str, value: str) -> Secret:
    try:
        return Secret(base64.b64decode(value, validate=True).decode("utf-8", "surrogateescape"))
    except binascii.Error:
        raise ReadError(f"the value of `{key}` is not base64") from None
