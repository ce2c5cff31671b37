"""loki.echo"""

from __future__ import annotations

import msgspec

from runtime.component import Component, Options
from runtime.registry import component
from runtime.signals.columns import Coded, Column
from runtime.signals.logs import LogBatch, LogsReceiver
from runtime.wire.loki_encode import label_set_text, metadata_text
