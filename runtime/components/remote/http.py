"""remote.http"""

from __future__ import annotations

import msgspec

from compiler.evaluate.types import OptionalSecret
from runtime.http.page import Page, PageArguments
from runtime.registry import component


class Arguments(PageArguments, frozen=True, kw_only=True):
    is_secret: bool = False


class Exports(msgspec.Struct, frozen=True):
    content: OptionalSecret


@component("remote.http", arguments=Arguments, exports=Exports)
class Http(Page[Arguments]):
    """Exports the text behind a URL, and again when it has changed.

    What cannot be read makes the component unhealthy and is tried again: what refers to it waits when there never was a text,
    and keeps the last one otherwise.
    """

    async def read(self, arguments: Arguments) -> Exports:
        return Exports(OptionalSecret(await self.text(arguments), arguments.is_secret))
