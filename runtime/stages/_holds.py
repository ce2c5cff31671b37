"""Entries that wait for a later batch: what they owe to the deliveries that they came with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from runtime.signals.delivery import Delivery, Hold
from runtime.stages.frame import Frame, join

__all__ = ["released", "releasing", "ride"]


def ride(delivery: Delivery, origin: int, holds: Sequence[Hold], origins: Iterable[int]) -> int:
    """The part of `delivery` that an entry of part `origin` counts for when what was held goes on inside it: the holds of
    earlier deliveries, and entries of other parts (`origins`) of this one.

    A part of its own: would they wait for all that came with `origin`, of which something may be held in turn, nothing
    were ever acknowledged while lines keep coming.
    """
    own = {origin, *origins}
    if not holds and len(own) == 1:
        return origin
    return delivery.add_part(releasing([*holds, *map(delivery.hold, own)]))


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
