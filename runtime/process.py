"""The life of one process: listen, load, run until a signal, stop in order."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack

from compiler.diagnostics import DiagnosticError, Diagnostics
from runtime import logs
from runtime.engine import Engine, EngineStoppedError
from runtime.server import Server

__all__ = ["run_process"]

_log = logging.getLogger("kmon")


async def run_process(engine: Engine, server: Server, report: Callable[[Diagnostics], None]) -> int:
    """Run until SIGTERM or SIGINT; SIGHUP reloads. The second signal to stop waits for nothing, a third one kills.

    Returns the exit code: 0, or 1 when the first load was refused (`report` then has all errors). Raises `OSError`
    when the server cannot listen.
    """
    _allow_open_files()
    loop = asyncio.get_running_loop()
    stopping, hangup = asyncio.Event(), asyncio.Event()

    def stop(number: int) -> None:
        if not stopping.is_set():
            _log.info("stopping", extra={"fields": {"signal": signal.Signals(number).name}})
            stopping.set()
            return
        _log.warning("stopping at once", extra={"fields": {"signal": signal.Signals(number).name}})
        engine.force()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(each)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number)
    loop.add_signal_handler(signal.SIGHUP, hangup.set)
    try:
        async with AsyncExitStack() as running:
            with logs.deferred():
                await running.enter_async_context(server)
                await running.enter_async_context(engine)
                found, loaded = await _load(engine)
            report(found)
            if not loaded:
                return 1
            reloading = asyncio.create_task(_reload_on(hangup, engine), name="reload on SIGHUP")
            try:
                await stopping.wait()
            finally:
                reloading.cancel()
                await asyncio.wait({reloading})
            with logs.held():
                await engine.stop()
            if engine.stuck:
                # Its task would keep the process for ever, and everything else has stopped in order.
                logging.shutdown()
                os._exit(1)
    finally:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.remove_signal_handler(number)
    _log.info("stopped")
    return 0


async def _load(engine: Engine) -> tuple[Diagnostics, bool]:
    """What was found, and whether it runs."""
    try:
        _, found = await engine.reload()
    except DiagnosticError as error:
        return error.diagnostics, False
    await asyncio.sleep(0)  # components begin, and `logging` with them
    return found, True


def _allow_open_files() -> None:
    """As many as the machine allows (as Go does it): every tailed file is an open one, and the usual soft limit is
    1024."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    except (ValueError, OSError) as error:
        _log.warning("cannot raise the limit of open files", extra={"fields": {"err": str(error)}})


async def _reload_on(hangup: asyncio.Event, engine: Engine) -> None:
    while True:
        await hangup.wait()
        hangup.clear()
        try:
            await engine.reload()
        except (DiagnosticError, EngineStoppedError):
            # The engine has said in the log what is wrong; the old configuration goes on.
            continue
