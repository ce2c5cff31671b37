"""Positions that Promtail or Grafana Alloy left: `positions.yml`.

positions:
  /var/log/a.log: "1234"                     Promtail
  ? path: /var/log/a.log                     Alloy
    labels: '{job="x"}'
  : "1234"
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from runtime.tail.positions import Key, Part, Stored

__all__ = ["ANY_LABELS", "read"]

ANY_LABELS = "{}"
"""Labels of a position that Promtail stored; it counts for a path with any labels."""
_OTHERS = ("cursor-", "journal-")


def read(path: Path) -> Stored:
    """The positions in `path`; none, with a note, when it is no such file. Raises `OSError` when it cannot be read."""
    from ruamel.yaml import YAML  # noqa: PLC0415
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return Stored(notes=[f"there is no legacy positions file `{path}`"])
    except UnicodeDecodeError as error:
        return Stored(lost=True, notes=[f"legacy positions file `{path}` is not UTF-8: {error.reason}"])
    try:
        document = YAML(typ="rt").load(text)
    except YAMLError as error:
        return Stored(lost=True, notes=[f"legacy positions file `{path}` is damaged: {' '.join(str(error).split())}"])
    entries = document.get("positions") if isinstance(document, Mapping) else None
    if document is None or (isinstance(document, Mapping) and entries is None):
        return Stored()
    if not isinstance(entries, Mapping):
        return Stored(lost=True, notes=[f"legacy positions file `{path}` has no map `positions`"])
    stored = Stored()
    for name, value in entries.items():
        key = _key(name)
        if key is None:
            continue
        offset = str(value)
        if offset.isdecimal():
            stored.parts[key] = (Part(0, 0, 0, "", int(offset)),)
        else:
            stored.damaged.add(key)
            stored.notes.append(f"position `{offset}` of `{key[0]}` in `{path}` is no number")
    return stored


def _key(name: object) -> Key | None:
    if isinstance(name, Mapping):
        return str(name.get("path", "")), str(name.get("labels", ANY_LABELS))
    return None if str(name).startswith(_OTHERS) else (str(name), ANY_LABELS)
