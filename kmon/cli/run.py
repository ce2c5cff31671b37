"""`kmon run`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NoReturn

import typer
import uvloop

from compiler.catalog import load_catalog
from compiler.diagnostics import Diagnostics, Fact, Source
from compiler.evaluate.types import ByteSize, Duration
from compiler.graph.build import STABILITY_LEVELS
from compiler.reporting import print_diagnostics
from kmon import __version__
from kmon.cli import EXIT_FAILED
from runtime import logs
from runtime.component import Services
from runtime.engine import Engine, Read, Settings, read_sources, read_text
from runtime.kubernetes.source import ObjectSource
from runtime.ledger import Ledger
from runtime.process import run_process
from runtime.server import Server
from runtime.storage import StorageError, open_storage

__all__ = ["main"]


def main(
    path: Annotated[str, typer.Argument(help="An .alloy file, a folder of them, or a values file.", metavar="PATH")],
    listen: Annotated[
        str, typer.Option("--server.http.listen-addr", help="Where the HTTP server listens.", metavar="HOST:PORT")
    ] = "127.0.0.1:12345",
    storage: Annotated[
        Path, typer.Option("--storage.path", help="Folder for positions, queues and the instance id.", metavar="DIR")
    ] = Path("data-alloy"),
    stability: Annotated[
        str, typer.Option("--stability.level", help="Least stability of components that may be used.", metavar="LEVEL")
    ] = "generally-available",
    community: Annotated[
        bool, typer.Option("--feature.community-components.enabled", help="Allow community components.")
    ] = False,
    deadline: Annotated[
        str,
        typer.Option(
            "--feature.component-shutdown-deadline",
            help="How long a component may send on what it holds when it stops.",
            metavar="DURATION",
        ),
    ] = "10s",
    spool: Annotated[
        str, typer.Option("--storage.spool-size", help="Disk that one destination's queue may use.", metavar="SIZE")
    ] = "1GiB",
    collector: Annotated[str, typer.Option(help="Which collector of a values file to run.", metavar="NAME")] = "",
    values_set: Annotated[
        list[str] | None, typer.Option("--set", help="Set a value of a values file, as in Helm.", metavar="KEY=VALUE")
    ] = None,
    inventory: Annotated[
        list[Path] | None,
        typer.Option(help="Recorded Kubernetes objects in the place of an API server; repeatable.", metavar="FILE"),
    ] = None,
    _reporting: Annotated[
        bool, typer.Option("--disable-reporting", help="Accepted: kmon never reports usage.")
    ] = False,
) -> None:
    """Run a configuration: an .alloy file, a folder of them, or a values file, which is rendered first.

    SIGHUP and POST /-/reload load it anew; a configuration that is refused leaves the running one as it is.
    SIGTERM and SIGINT stop in order, sources first; a second signal does not wait.

    Example: kmon run config.alloy --server.http.listen-addr 0.0.0.0:12345 --storage.path /var/lib/kmon
    """
    logs.configure()
    host, port = _address(listen)
    if stability not in STABILITY_LEVELS:
        _usage(f"`--stability.level` is one of {', '.join(STABILITY_LEVELS)}, not `{stability}`")
    try:
        drain_seconds, spool_bytes = Duration.parse(deadline).seconds, int(ByteSize.parse(spool))
        opened = open_storage(storage)
    except (ValueError, StorageError) as error:
        _usage(str(error))
    services = Services(
        ledger=Ledger(),
        objects=_inventory(inventory) if inventory else None,
        instance_id=opened.instance_id,
        version=__version__,
        spool_bytes=spool_bytes,
    )
    settings = Settings(
        storage=opened.folder,
        module_path=path if Path(path).is_dir() else str(Path(path).parent),
        stability=stability,
        community=community,
        drain_seconds=drain_seconds,
    )
    read = _reader(path, collector, values_set or [])

    async def run() -> int:
        engine = Engine(read, services, settings, load_catalog())
        return await run_process(engine, Server(engine, services, host, port), print_diagnostics)

    try:
        code = uvloop.run(run())
    except OSError as error:
        _usage(f"cannot listen on `{listen}`: {(error.strerror or str(error)).lower()}")
    raise typer.Exit(code)


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        _usage(f"`--server.http.listen-addr` is HOST:PORT, not `{text}`")
    return host.strip("[]") or "0.0.0.0", int(port)  # as in Go, no host means all


def _inventory(files: Sequence[Path]) -> ObjectSource:
    from runtime.kubernetes.inventory import Inventory, InventoryError  # noqa: PLC0415

    try:
        return Inventory(files)
    except InventoryError as error:
        _usage(str(error))


def _reader(path: str, collector: str, sets: Sequence[str]) -> Read:
    if Path(path).suffix not in (".yaml", ".yml"):
        if collector or sets:
            _usage(f"`--collector` and `--set` belong to a values file (.yaml), `{path}` is none")
        return lambda diagnostics: read_sources(path, diagnostics)
    return lambda diagnostics: _read_values(path, collector, sets, diagnostics)


def _read_values(path: str, collector: str, sets: Sequence[str], diagnostics: Diagnostics) -> Sequence[Source]:
    """The rendered text of one collector. Secrets that stand literally in the values go into the process' environment,
    where the text reads them."""
    # A process that runs a plain .alloy file never needs the compile of values.
    from compiler.pipeline import Values, compile_values  # noqa: PLC0415

    values = read_text(path, diagnostics)
    if values is None:
        return ()
    rendering = compile_values(Values(files=[values], sets=sets))
    diagnostics.extend(rendering.diagnostics)
    if rendering.diagnostics.errors:
        return ()
    names = tuple(known.name for known in rendering.collectors)
    chosen = rendering.collector(collector or (names[0] if len(names) == 1 else ""))
    if chosen is None:
        diagnostics.report(CollectorNotChosen(collector, names))
        return ()
    os.environ.update({name: secret.reveal() for name, secret in rendering.environment.items()})
    return (chosen.file.source,)


@dataclass(frozen=True)
class CollectorNotChosen(Fact, code="KM806"):
    """A values file makes several collectors, each a workload of its own; one process runs one of them."""

    asked: str
    names: tuple[str, ...]

    def message(self) -> str:
        if not self.names:
            return "the values make no collector: no feature is switched on"
        return f"there is no collector `{self.asked}`" if self.asked else "the values make several collectors"

    def help(self) -> str | None:
        return f"choose one with `--collector`: {', '.join(self.names)}" if self.names else None


def _usage(message: str) -> NoReturn:
    typer.echo(f"Error: {message}", err=True)
    raise typer.Exit(EXIT_FAILED)
