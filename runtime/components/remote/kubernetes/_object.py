"""What remote.kubernetes.secret and remote.kubernetes.configmap have in common: one object, read by its name."""

from __future__ import annotations

from typing import TypeVar

from compiler.evaluate.types import Duration
from runtime.kubernetes.arguments import ConnectionArguments, validate_connection
from runtime.kubernetes.names import check_name, check_namespace
from runtime.kubernetes.objects import KubernetesObject
from runtime.kubernetes.source import ApiError, ObjectSource
from runtime.polled import PollArguments, Polled, ReadError

__all__ = ["Arguments", "NamedObject"]

T = TypeVar("T", bound=KubernetesObject)


class Arguments(PollArguments, frozen=True, kw_only=True):
    namespace: str
    name: str
    poll_timeout: Duration = Duration.parse("15s")
    client: ConnectionArguments = ConnectionArguments()


class NamedObject(Polled[Arguments]):
    """Polled and not watched, so that the permission to `get` this one name is enough."""

    _source: ObjectSource | None = None
    """Held from one poll to the next: a connection lives as long as someone has it."""

    def check(self, arguments: Arguments) -> None:
        check_namespace(arguments.namespace, "namespace")
        check_name(arguments.name, "name")
        validate_connection(arguments.client, "client")
        self.options.services.kubernetes.connect(arguments.client, "client")

    async def get(self, arguments: Arguments, kind: type[T]) -> T:
        """Raises `ReadError`."""
        self._source = self.options.services.kubernetes.connect(arguments.client, "client")
        try:
            seconds = arguments.poll_timeout.seconds
            return await self._source.read(kind, arguments.namespace, arguments.name, seconds)
        except ApiError as error:
            raise ReadError(str(error), error.retry_after) from None
