"""Entries that wait for a later batch: what they owe to the deliveries that they came with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from runtime.signals.delivery import Delivery, Hold
from runtime.stages.frame import Frame, join

__all__ = ["released", "releasing", "ride"]


def ride(delivery: Delivery, origin: int, holds: Iterable[Hold], origins: Iterable[int]) -> None:
    """What was held goes on inside an entry of part `origin`: the holds of earlier deliveries, and entries of other parts
    (`origins`) of this one."""
    for hold in holds:
        delivery.attach(origin, hold.release)
    for other in set(origins) - {origin}:
        delivery.attach(origin, delivery.hold(other).release)


def releasing(holds: Sequence[Hold]) -> Callable[[], None]:
    def release() -> None:
        for hold in holds:
            hold.release()

    return release


def released(entries: Sequence[tuple[Frame, Sequence[Hold]]]) -> list[Frame]:
    """Frames of one entry each as one frame with a delivery of its own; none for none."""
    if not entries:
        return []
    frames = []
    for number, (frame, _) in enumerate(entries):
        here = np.full(1, number)
        frames.append(replace(frame, origin=here.astype(np.int32), position=here))
    return [join(frames, Delivery([releasing(holds) for _, holds in entries]))]
