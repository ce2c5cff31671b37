"""`kmon run`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from compiler.catalog import load_catalog
from compiler.diagnostics import Diagnostic, Diagnostics, Source
from compiler.evaluate.types import ByteSize, Duration
from compiler.reporting import print_diagnostics
from compiler.texts import why
from kmon import __version__
from kmon.cli._parsers import duration, pathname, size
from kmon.cli._shared import (
    AllowUnknown,
    Community,
    SetFiles,
    Sets,
    SetStrings,
    Stability,
    ValuesFiles,
    fail,
    reason,
)
from kmon.errors import CollectorNotChosen
from runtime import logs
from runtime.component import Services
from runtime.engine import Engine, Read, Settings, read_sources, read_text
from runtime.engine.facts import ConfigurationUnreadable
from runtime.kubernetes.cluster import Clusters
from runtime.kubernetes.source import Sources
from runtime.ledger import Ledger
from runtime.process import run_process
from runtime.server import Server
from runtime.storage import StorageError, open_storage

__all__ = ["main"]


def main(
    path: Annotated[
        str,
        typer.Argument(help="An .alloy file, a folder of them, or a values file.", metavar="PATH", parser=pathname),
    ],
    listen: Annotated[
        str, typer.Option("--server.http.listen-addr", help="Where the HTTP server listens.", metavar="HOST:PORT")
    ] = "127.0.0.1:12345",
    storage: Annotated[
        Path, typer.Option("--storage.path", help="Folder for positions, queues and the instance id.", metavar="DIR")
    ] = Path("data-alloy"),
    stability: Stability = "generally-available",
    community: Community = False,
    deadline: Annotated[
        Duration,
        typer.Option(
            "--feature.component-shutdown-deadline",
            help="How long a component may send on what it holds when it stops.",
            metavar="DURATION",
            parser=duration,
        ),
    ] = Duration.parse("10s"),  # noqa: B008
    spool: Annotated[
        ByteSize,
        typer.Option(
            "--storage.spool-size", help="Disk that one destination's queue may use.", metavar="SIZE", parser=size
        ),
    ] = ByteSize.parse("1GiB"),  # noqa: B008
    collector: Annotated[str, typer.Option(help="Which collector of a values file to run.", metavar="NAME")] = "",
    namespace: Annotated[
        str, typer.Option("-n", "--namespace", help="As in `render`, for a values file.", metavar="NAME")
    ] = "",
    files: ValuesFiles = None,
    sets: Sets = None,
    set_strings: SetStrings = None,
    set_files: SetFiles = None,
    allow_unknown: AllowUnknown = False,
    inventory: Annotated[
        list[Path] | None,
        typer.Option(help="Recorded Kubernetes objects in the place of an API server; repeatable.", metavar="FILE"),
    ] = None,
) -> None:
    """Run a configuration: .alloy file, folder, or values file.

    A folder's files are one configuration; a values file is rendered first, with all that `render` takes. Alloy's other
    flags are taken, too: what they would change and kmon does not have is said on stderr.

    SIGHUP and POST /-/reload load it anew; a configuration that is refused leaves the running one as it is.
    SIGTERM and SIGINT stop in order, sources first; a second signal does not wait. Exits with 0 after it stopped, 1 when
    the configuration is refused or cannot be read, 2 when something else kept it from running.

    Example: kmon run config.alloy --storage.path /var/lib/kmon
    """
    logs.configure()
    host, port = _address(listen)
    try:
        opened = open_storage(storage)
    except StorageError as error:
        fail("run", str(error))
    services = Services(
        ledger=Ledger(),
        kubernetes=_inventory(inventory) if inventory else Clusters(),
        instance_id=opened.instance_id,
        version=__version__,
        spool_bytes=spool,
    )
    settings = Settings(
        storage=opened.folder,
        module_path=path if Path(path).is_dir() else str(Path(path).parent),
        stability=stability,
        community=community,
        drain_seconds=deadline.seconds,
    )
    values = _Values(
        path, files or (), sets or (), set_strings or (), set_files or (), collector, namespace, allow_unknown
    )
    if Path(path).suffix not in (".yaml", ".yml") and values != _Values(path):
        fail("run", f"options such as `--collector` and `--set` belong to a values file (.yaml), `{path}` is none")
    read: Read = values.read if Path(path).suffix in (".yaml", ".yml") else partial(read_sources, path)

    async def run() -> int:
        engine = Engine(read, services, settings, load_catalog())
        return await run_process(engine, Server(engine, services, host, port), print_diagnostics)

    try:
        code = uvloop.run(run())
    except OSError as error:
        fail("run", f"cannot listen on `{listen}`: {reason(error)}")
    raise typer.Exit(code)


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        fail("run", f"`--server.http.listen-addr` is HOST:PORT, not `{text}`")
    return host.strip("[]") or "0.0.0.0", int(port)  # as in Go, no host means all


def _inventory(files: Sequence[Path]) -> Sources:
    from runtime.kubernetes.inventory import Inventory, InventoryError  # noqa: PLC0415

    try:
        return Inventory(files)
    except InventoryError as error:
        fail("run", str(error))


@dataclass(frozen=True, slots=True)
class _Values:
    """Values that are rendered when the configuration is read; one collector of them runs."""

    path: str
    files: Sequence[str] = ()
    sets: Sequence[str] = ()
    set_strings: Sequence[str] = ()
    set_files: Sequence[str] = ()
    collector: str = ""
    namespace: str = ""
    allow_unknown: bool = False

    def read(self, diagnostics: Diagnostics) -> Sequence[Source]:
        """The collector's text. Secrets that stand literally in the values go into the process' environment, where the text
        reads them. What is found in the text later is shown at the values behind it."""
        # A process that runs a plain .alloy file never needs the compile of values.
        from compiler.pipeline import Values, at_values, compile_values  # noqa: PLC0415

        sources = [source for name in (self.path, *self.files) if (source := read_text(name, diagnostics)) is not None]
        if diagnostics.errors:
            return ()
        try:
            rendering = compile_values(
                Values(sources, self.sets, self.set_strings, self.set_files),
                allow_unknown=self.allow_unknown,
                namespace=self.namespace,
            )
        except OSError as error:
            diagnostics.report(ConfigurationUnreadable(str(error.filename), why(error)))
            return ()
        diagnostics.extend(rendering.diagnostics)
        if rendering.diagnostics.errors:
            return ()
        names = tuple(known.name for known in rendering.collectors)
        chosen = rendering.collector(self.collector or (names[0] if len(names) == 1 else ""))
        if chosen is None:
            diagnostics.report(CollectorNotChosen(self.collector, names))
            return ()
        os.environ.update({name: secret.reveal() for name, secret in rendering.environment.items()})
        diagnostics.placed = lambda one: at_values(one, chosen.lines) if _inside(one, chosen.file.source) else one
        return (chosen.file.source,)


def _inside(one: Diagnostic, source: Source) -> bool:
    return one.span is not None and one.span.source is source
