"""Delivery for every writer: a queue per destination endpoint, retries, a bounded spool on disk, acknowledgement.

outbox = Outbox(send, Settings(...), account, spool=Spool(folder, cap))
await outbox.run()                  in a task of its own
await outbox.put(request)           back-pressure
await outbox.drain(seconds)         at an orderly stop, before `run` is cancelled
"""

from runtime.outbox.outbox import Outbox, Settings
from runtime.outbox.request import Delivered, Loss, Outcome, Refused, Request, Retry
from runtime.outbox.spool import Spool

__all__ = ["Delivered", "Loss", "Outbox", "Outcome", "Refused", "Request", "Retry", "Settings", "Spool"]
