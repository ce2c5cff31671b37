"""The receiving end: a small backend for demos, tests and benches.

It takes what writers push, keeps a bounded window of it in memory, answers plain queries and misbehaves on request.
Each protocol is one module that registers its routes (`loki.py`); what they share stands in `backend.py`.
"""

from kmon.sink.backend import Backend
from kmon.sink.faults import Faults
from kmon.sink.push import Push, PushError
from kmon.sink.server import Server
from runtime.wire.loki_decode import Entry, Stream

__all__ = ["Backend", "Entry", "Faults", "Push", "PushError", "Server", "Stream"]
