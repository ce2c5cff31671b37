"""The contract of a stage of `loki.process`: a component in miniature.

A stage is one file, always in the same order: `Arguments`, `@stage(...)`, the class. The file's name is the stage's.

    class Arguments(msgspec.Struct, frozen=True, kw_only=True):     # names, types and defaults as in Alloy

    @stage("output", arguments=Arguments)
    class Output(Stage[Arguments]):
        \"\"\"Page of the stage: what it does, where it differs from Alloy's.\"\"\"

1. `__init__(context, arguments)` compiles what is compiled once and raises `ComponentError` to refuse; the attribute is
   named from the stage's own block on (`expression`).
2. `process(frame)` gives back the frame with new columns. It runs on the event loop and must not wait. Entries that end
   are left out and booked with `context.drop`. Nothing may be done once per entry in Python if it can be done once per
   column, per distinct value or per label set.
3. What stays behind for a later frame (a partial line) is kept with `frame.delivery.hold`, counted by `held()`, and given
   back by `expire()` when its time has come, or at an orderly stop.
4. An exception of `process` is a fault of the stage: it is called again for parts of the frame, and must hold then what it
   held before.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import msgspec
from prometheus_client import CollectorRegistry, Counter

from runtime.component import ComponentError
from runtime.ledger import Account
from runtime.stages.frame import Frame

__all__ = ["Context", "Registration", "Stage", "build", "find", "names", "stage"]

_PACKAGE = "runtime.stages"


@dataclass(slots=True)
class Context:
    """What a stage gets from its component. `metrics` is the component's registry, `account` its books.

    `delay` is what stages want the component to wait, in seconds, before it passes the frame on; it is back-pressure.
    """

    account: Account
    metrics: CollectorRegistry
    logger: logging.Logger
    delay: float = 0.0
    _counters: dict[str, Counter] = field(default_factory=dict)

    def counter(self, name: str, help_text: str, labels: Sequence[str] = ()) -> Counter:
        """The component's counter of that name, whichever stage asked for it first."""
        if name not in self._counters:
            self._counters[name] = Counter(name, help_text, labels, registry=self.metrics)
        return self._counters[name]

    def drop(self, entries: int, reason: str, *, silent: bool = False) -> None:
        """Book entries that end here; `silent` ones do not count as `loki_process_dropped_lines_total`, as in Alloy."""
        if not entries:
            return
        self.account.drop(entries, reason)
        if not silent:
            self.dropped(reason).inc(entries)

    def dropped(self, reason: str) -> Counter:
        """`loki_process_dropped_lines_total` of that reason, 0 from the first call on."""
        help_text = "A count of all log lines dropped as a result of a pipeline stage"
        return self.counter("loki_process_dropped_lines_total", help_text, ["reason"]).labels(reason)


A = TypeVar("A", bound=msgspec.Struct)


class Stage(Generic[A]):
    """Base of all stages; see the module's text for the life of one."""

    def __init__(self, context: Context, arguments: A) -> None:
        self.context = context
        self.arguments = arguments

    def process(self, frame: Frame) -> Frame:
        raise NotImplementedError

    def held(self) -> int:
        """Entries that stay behind."""
        return 0

    def due(self) -> float | None:
        """When `expire` wants to be called, in `time.monotonic()`'s seconds; None for never."""
        return None

    def expire(self, now: float | None) -> list[Frame]:
        """What was held until `now`, in frames with deliveries of their own; everything when `now` is None."""
        del now
        return []


@dataclass(frozen=True, slots=True)
class Registration:
    """`unsupported` names arguments and blocks that this runtime does not honour yet."""

    name: str
    arguments: type[msgspec.Struct]
    build: type[Stage[Any]]
    unsupported: frozenset[str] = frozenset()

    def honours(self, path: str) -> bool:
        """Whether this runtime does what the argument or block at `path`, from the stage's block on, says."""
        return path not in self.unsupported


_registered: dict[str, Registration] = {}
S = TypeVar("S", bound=type[Stage[Any]])


def stage(name: str, *, arguments: type[msgspec.Struct], unsupported: frozenset[str] = frozenset()) -> Callable[[S], S]:
    """Register the class below as `stage.name`. Raises `TypeError` for what must not land."""

    def register(cls: S) -> S:
        if name in _registered:
            raise TypeError(f"stage {name} is registered twice")
        if not cls.__doc__:
            raise TypeError(f"stage {name} has no documentation")
        _registered[name] = Registration(name, arguments, cls, unsupported)
        return cls

    return register


def find(name: str) -> Registration | None:
    """The registration of `stage.name`, importing its module when needed; None for a stage this runtime lacks."""
    if name not in _registered and name.isidentifier():
        module = f"{_PACKAGE}.{name}"
        if importlib.util.find_spec(module) is None:
            return None
        importlib.import_module(module)
    return _registered.get(name)


def names() -> tuple[str, ...]:
    """Every stage of this runtime, sorted; imports them all."""
    package = importlib.import_module(_PACKAGE)
    for module in pkgutil.iter_modules(package.__path__, f"{_PACKAGE}."):
        importlib.import_module(module.name)
    return tuple(sorted(_registered))


def build(name: str, body: Mapping[str, object], context: Context) -> Stage[Any]:
    """The stage for a decoded block. Raises `ComponentError`, its attribute named from the block on."""
    registration = find(name)
    if registration is None:
        raise ComponentError(f"stage `{name}` is not supported, use one of: {', '.join(names())}")
    for path in body:
        if not registration.honours(path):
            raise ComponentError(f"`{path}` of stage `{name}` is not supported", path)
    return registration.build(context, _arguments(body, registration.arguments))


def _arguments(body: Mapping[str, object], kind: type[msgspec.Struct]) -> msgspec.Struct:
    try:
        return msgspec.convert(body, kind, strict=True, dec_hook=_pass_through)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$")
        raise ComponentError(reason, path.strip(".`") or None) from None


def _pass_through(wanted: type, value: Any) -> Any:
    if isinstance(value, wanted):
        return value
    raise TypeError(f"expected {wanted.__name__}, got {type(value).__name__}")
