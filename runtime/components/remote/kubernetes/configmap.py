"""remote.kubernetes.configmap"""

from __future__ import annotations

import msgspec

from compiler.evaluate.types import OptionalSecret
from runtime.components.remote.kubernetes._object import Arguments, NamedObject
from runtime.kubernetes.objects import ConfigMap
from runtime.registry import component


class Exports(msgspec.Struct, frozen=True):
    data: dict[str, OptionalSecret]


@component("remote.kubernetes.configmap", arguments=Arguments, exports=Exports)
class KubernetesConfigMap(NamedObject):
    """Exports the values of a Kubernetes ConfigMap (those under `data`), and again when they have changed.

    A ConfigMap that cannot be read makes the component unhealthy and is tried again: what refers to it waits when there never
    was one, and keeps the last values otherwise, also those of a ConfigMap that was deleted.
    """

    async def read(self, arguments: Arguments) -> Exports:
        found = await self.get(arguments, ConfigMap)
        return Exports({key: OptionalSecret(value, False) for key, value in (found.data or {}).items()})
