"""What a plain YAML scalar means to Helm: YAML 1.1 booleans, Go's integers, everything else a text.

Helm reads values with go-yaml v2 rules (through sigs.k8s.io/yaml): `y`, `yes`, `on` are booleans, `010` is octal,
`1_000` is 1000, dates and sexagesimal numbers stay texts.
"""

from __future__ import annotations

import re

__all__ = ["resolve"]

_WORDS: dict[str, bool | float | None] = {"": None, "~": None}
for _word in ("null", "Null", "NULL"):
    _WORDS[_word] = None
for _word in ("y", "yes", "on", "true"):
    _WORDS |= {_word: True, _word.capitalize(): True, _word.upper(): True}
for _word in ("n", "no", "off", "false"):
    _WORDS |= {_word: False, _word.capitalize(): False, _word.upper(): False}
for _word in (".inf", ".Inf", ".INF"):
    _WORDS |= {_word: float("inf"), f"+{_word}": float("inf"), f"-{_word}": float("-inf")}
for _word in (".nan", ".NaN", ".NAN"):
    _WORDS[_word] = float("nan")

_INTEGER = re.compile(r"[-+]?(0b[01]+|0o[0-7]+|0x[0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_BASES = {"0b": 2, "0o": 8, "0x": 16}


def resolve(text: str) -> bool | int | float | str | None:
    """The value of the plain scalar `text`."""
    if text in _WORDS:
        return _WORDS[text]
    if not text[0].isdigit() and text[0] not in "+-.":
        return text
    digits = text.replace("_", "")
    if match := _INTEGER.fullmatch(digits):
        body = match[1]
        octal = 8 if len(body) > 1 and body[0] == "0" else 10
        base = _BASES.get(body[:2], octal)
        number = int(body[2:] if body[:2] in _BASES else body, base)
        return -number if digits[0] == "-" else number
    if _FLOAT.fullmatch(digits):
        return float(digits)
    return text
