"""`import.string`, `import.file` and `import.http`: where the text of a module comes from. What it means is the module's business."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urljoin

import msgspec

from compiler.evaluate.types import Duration, OptionalSecret
from compiler.graph.library import folder_of, read_module
from runtime.component import Component, ComponentError, HealthState, Options
from runtime.http.page import Page, PageArguments

__all__ = [
    "ImportExports", "ImportFileArguments", "ImportFileBlock", "ImportHttpArguments", "ImportHttpBlock",
    "ImportStringArguments", "ImportStringBlock",
]  # fmt: skip

_LOOK_SECONDS = 1.0
"""How often the `fsnotify` detector looks: no inotify watch is used, so that network file systems and ConfigMap mounts
behave like any file."""


class ImportExports(msgspec.Struct, frozen=True):
    """Names and texts of a module. `folder` is its `module_path`; None where that is the importing text's."""

    texts: tuple[tuple[str, str], ...]
    folder: str | None = None


class ImportStringArguments(msgspec.Struct, frozen=True, kw_only=True):
    content: Any
    """A text, or an optional secret as `local.file` exports it."""


class ImportStringBlock(Component[ImportStringArguments]):
    """`import.string`: the text is the value of an expression."""

    def __init__(self, options: Options, arguments: ImportStringArguments) -> None:
        super().__init__(options, arguments)
        self._export(arguments)

    async def update(self, arguments: ImportStringArguments) -> None:
        self.arguments = arguments
        self._export(arguments)

    def _export(self, arguments: ImportStringArguments) -> None:
        content = arguments.content
        text = content.text if isinstance(content, OptionalSecret) else content
        self.options.export(ImportExports(((self.options.id, text),)))


class ImportFileArguments(msgspec.Struct, frozen=True, kw_only=True):
    filename: str
    detector: str = "fsnotify"
    poll_frequency: Duration = Duration.parse("1m")


class ImportFileBlock(Component[ImportFileArguments]):
    """`import.file`: the text is a file's, or that of every `*.alloy` in a folder, and follows its changes.

    A file that is not there refuses the load; later it makes the import unhealthy, and the old text stays.
    """

    def __init__(self, options: Options, arguments: ImportFileArguments) -> None:
        super().__init__(options, arguments)
        self._changed = asyncio.Event()
        self._load(arguments)

    async def update(self, arguments: ImportFileArguments) -> None:
        self._load(arguments)
        self.arguments = arguments
        self._changed.set()

    async def run(self) -> None:
        failed = False
        while True:
            every = self.arguments.poll_frequency.seconds if self.arguments.detector == "poll" else _LOOK_SECONDS
            try:
                async with asyncio.timeout(every):
                    await self._changed.wait()
                self._changed.clear()
                continue
            except TimeoutError:
                pass
            try:
                self._load(self.arguments)
            except ComponentError as error:
                if not failed:
                    self.options.logger.warning("module keeps its old text", extra={"fields": {"err": str(error)}})
                failed = True
                self.options.set_health(HealthState.UNHEALTHY, str(error))
            else:
                if failed:
                    self.options.set_health(HealthState.HEALTHY, "read module")
                failed = False

    def _load(self, arguments: ImportFileArguments) -> None:
        if arguments.poll_frequency <= 0:
            raise ComponentError("`poll_frequency` must be above 0", "poll_frequency")
        try:
            sources = read_module(arguments.filename)
        except (OSError, UnicodeDecodeError) as error:
            reason = (getattr(error, "strerror", None) or str(error)).lower()
            raise ComponentError(f"failed to read module: {reason}: `{arguments.filename}`", "filename") from None
        texts = tuple((source.name, source.text) for source in sources)
        self.options.export(ImportExports(texts, folder_of(arguments.filename)))


class ImportHttpArguments(PageArguments, frozen=True, kw_only=True):
    """Those of any page."""


class ImportHttpBlock(Page[ImportHttpArguments]):
    """`import.http`: the text is what a server gives, and follows its changes.

    Where it cannot be read, custom components of it wait if there never was a text, and keep the last one otherwise.
    """

    async def read(self, arguments: ImportHttpArguments) -> ImportExports:
        return ImportExports(((arguments.url, await self.text(arguments)),), urljoin(arguments.url, "."))
