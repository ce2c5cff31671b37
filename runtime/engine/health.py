"""The health of a component, as Alloy merges it."""

from __future__ import annotations

import time
from collections.abc import Iterable

from runtime.component import Health, HealthState

__all__ = ["health_now", "merged_health"]

_BADNESS = {HealthState.HEALTHY: 0, HealthState.UNKNOWN: 1, HealthState.UNHEALTHY: 2, HealthState.EXITED: 3}


def health_now(state: str, message: str) -> Health:
    return Health(state, message, time.time())


def merged_health(views: Iterable[Health]) -> Health:
    """The worst view counts (exited, unhealthy, unknown, healthy); of equally bad ones the newest."""
    return max(views, key=lambda health: (_BADNESS[health.state], health.updated))
