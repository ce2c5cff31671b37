"""What stages do once per label set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from runtime.signals.labels import Labels
from runtime.stages.frame import Frame
from runtime.stages.stage import Context, Stage

__all__ = ["Remembered", "StreamStage"]

A = TypeVar("A", bound=msgspec.Struct)
T = TypeVar("T")


class Remembered(Generic[T]):
    """A function of label sets that is worked out once for each; at most `limit` results are kept."""

    __slots__ = ("_function", "_known", "_limit")

    def __init__(self, function: Callable[[Labels], T], limit: int = 10_000) -> None:
        self._function = function
        self._known: dict[Labels, T] = {}
        self._limit = limit

    def __call__(self, labels: Labels) -> T:
        known = self._known
        if labels not in known:
            if len(known) >= self._limit:
                known.clear()
            known[labels] = self._function(labels)
        return known[labels]


class StreamStage(Stage[A]):
    """A stage that changes label sets, whatever the entries are: `change` is called once for each."""

    def __init__(self, context: Context, arguments: A) -> None:
        super().__init__(context, arguments)
        self._changed = Remembered(self.change)

    def process(self, frame: Frame) -> Frame:
        return frame.map_streams(self._changed)

    def change(self, labels: Labels) -> Labels:
        raise NotImplementedError
