"""Processes that end with the one that started them, also when that is killed."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable

__all__ = ["end_with_parent"]

_PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that a process gets when its parent ends."""


def end_with_parent(number: signal.Signals) -> Callable[[], None]:
    """For `preexec_fn`: the new process gets the signal when its parent ends."""
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:
            os._exit(1)

    return ask
