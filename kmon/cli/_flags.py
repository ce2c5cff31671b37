"""Flags as Grafana Alloy's `run` takes them, so that what starts Alloy today starts kmon.

A boolean flag may carry its value (`--disable-reporting=true`), as Go's flags do. Flags of Alloy 1.18 that have nothing to
act upon here are taken; when the value asks for something that kmon does not do, stderr says so, and what would change
what happens to data is refused.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import typer
from typer.core import TyperCommand, TyperOption

from compiler.diagnostics import did_you_mean

__all__ = ["IDLE_FLAGS", "AlloyCommand"]

_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})


@dataclass(frozen=True, slots=True)
class IdleFlag:
    """`note` is said unless the value is `agreed`, that is, what kmon does anyway. `refused`: then nothing runs."""

    note: str
    agreed: str = ""
    boolean: bool = False
    refused: bool = False


def _cluster(boolean: bool = False) -> IdleFlag:
    return IdleFlag("kmon forms no cluster", boolean=boolean, agreed="false" if boolean else "")


IDLE_FLAGS: Mapping[str, IdleFlag] = {
    "--cluster.enabled": IdleFlag(
        "kmon forms no cluster, and every process would do the whole work; run Grafana Alloy, or leave the flag out",
        agreed="false",
        boolean=True,
        refused=True,
    ),
    "--cluster.enable-tls": _cluster(boolean=True),
    **{
        f"--cluster.{name}": _cluster()
        for name in (
            "advertise-address", "advertise-interfaces", "discover-peers", "join-addresses", "max-join-peers", "name",
            "node-name", "rejoin-interval", "tls-ca-path", "tls-cert-path", "tls-key-path", "tls-server-name",
            "wait-for-size", "wait-timeout",
        )
    },
    "--config.format": IdleFlag(
        "kmon reads Alloy configuration only; `alloy convert` translates others", agreed="alloy", refused=True
    ),
    "--config.bypass-conversion-errors": IdleFlag("kmon converts nothing", agreed="false", boolean=True),
    "--config.extra-args": IdleFlag("kmon converts nothing"),
    "--disable-reporting": IdleFlag("kmon never reports usage", agreed="true", boolean=True),
    "--feature.prometheus.direct-fanout.enabled": IdleFlag("kmon has one way to fan out", agreed="false", boolean=True),
    "--server.http.disable-support-bundle": IdleFlag("kmon makes no support bundle", agreed="true", boolean=True),
    "--server.http.enable-graphql": IdleFlag("kmon serves no GraphQL", agreed="false", boolean=True),
    "--server.http.enable-graphql-playground": IdleFlag("kmon serves no GraphQL", agreed="false", boolean=True),
    "--server.http.enable-pprof": IdleFlag("kmon serves no /debug/pprof", agreed="false", boolean=True),
    "--server.http.memory-addr": IdleFlag("kmon has no address in memory", agreed="alloy.internal:12345"),
    "--server.http.ui-path-prefix": IdleFlag("kmon serves at `/`", agreed="/"),
}  # fmt: skip


class AlloyCommand(TyperCommand):
    """A command that takes flags in Go's way, and the idle ones."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        options = [param for param in self.get_params(ctx) if isinstance(param, TyperOption)]
        own = {name: bool(option.is_flag) for option in options for name in option.opts}
        try:
            kept = list(_kept(args, own))
        except ValueError as error:
            ctx.fail(str(error))
        parsed: list[str] = super().parse_args(ctx, kept)
        return parsed


def _kept(args: Iterable[str], own: Mapping[str, bool]) -> Iterator[str]:
    """`args` without idle flags and without values of booleans; a false boolean is left out.

    `own` are the command's options, and whether they are booleans. Raises `ValueError` for a flag that is unknown or has
    a value that it cannot have.
    """
    rest = iter(args)
    for arg in rest:
        name, has_value, value = arg.partition("=")
        idle = IDLE_FLAGS.get(name)
        if arg == "--":
            yield arg
            yield from rest
        elif idle is not None:
            if not has_value:
                value = "true" if idle.boolean else next(rest, "")
            _look_at(name, _boolean(name, value) if idle.boolean else value, idle)
        elif not name.startswith("--"):
            yield arg
        elif name not in own:
            near = did_you_mean(name, (*own, *IDLE_FLAGS))
            raise ValueError(f"there is no flag `{name}`" + (f"; did you mean `{near}`?" if near else ""))
        elif not own[name]:
            yield arg
            if not has_value:
                yield from itertools.islice(rest, 1)
        elif not has_value or _boolean(name, value) == "true":
            yield name


def _boolean(name: str, value: str) -> str:
    if value not in _TRUE | _FALSE:
        raise ValueError(f"`{name}` takes true or false, not `{value}`")
    return "true" if value in _TRUE else "false"


def _look_at(name: str, value: str, idle: IdleFlag) -> None:
    if value == idle.agreed:
        return
    if idle.refused:
        raise ValueError(f"`{name}={value}`: {idle.note}")
    typer.echo(f"kmon run: `{name}={value}` has no effect: {idle.note}", err=True)
