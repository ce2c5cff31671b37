"""Where the data folders are: beside the code in a checkout, inside this package in a wheel."""

from __future__ import annotations

from pathlib import Path

__all__ = ["presets", "schemas"]

_PACKAGED = Path(__file__).parent / "data"
_ROOT = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).parent.parent


def presets() -> Path:
    return _ROOT / "presets"


def schemas() -> Path:
    return _ROOT / "schemas"
