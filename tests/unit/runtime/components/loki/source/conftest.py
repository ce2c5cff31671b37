"""What every test of `loki.source.file` gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.tail import tailer
from tests.unit.runtime.components.loki.source.bench import Bench


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(tailer, "SETTLE_SECONDS", 0.02)
    monkeypatch.setattr(tailer, "MISSING_SECONDS", 0.1)
    monkeypatch.setattr(tailer, "LINGER_SECONDS", 0.3)
    return Bench(tmp_path)
