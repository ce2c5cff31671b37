"""The block `clustering` of sources that can share their work."""

from __future__ import annotations

import msgspec

__all__ = ["Clustering"]


class Clustering(msgspec.Struct, frozen=True, kw_only=True):
    """This runtime knows no other process: the one that runs owns everything, as Alloy does outside of a cluster."""

    enabled: bool
