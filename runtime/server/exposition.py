"""Prometheus' text format (version 0.0.4) of many registries at once: one HELP and TYPE a name, numbers as Go prints
them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from prometheus_client.metrics_core import Metric
from prometheus_client.samples import Sample

__all__ = ["CONTENT_TYPE", "exposition", "go_float"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_TYPES = {"counter": "counter", "gauge": "gauge", "histogram": "histogram", "summary": "summary"}


def exposition(families: Iterable[tuple[Metric, Mapping[str, str]]]) -> str:
    """`families` come with the labels that are added to all their samples. Families of one name are one in the text."""
    merged: dict[str, tuple[Metric, list[tuple[Sample, Mapping[str, str]]]]] = {}
    for family, labels in families:
        _, samples = merged.setdefault(_name(family), (family, []))
        samples.extend((sample, labels) for sample in family.samples if not sample.name.endswith("_created"))
    return "".join(line + "\n" for name in sorted(merged) for line in _lines(name, *merged[name]))


def _name(family: Metric) -> str:
    match family.type:
        case "counter":
            return f"{family.name}_total"
        case "info":
            return f"{family.name}_info"
        case _:
            return family.name


def _lines(name: str, family: Metric, samples: Iterable[tuple[Sample, Mapping[str, str]]]) -> Iterator[str]:
    yield f"# HELP {name} {_escaped(family.documentation)}"
    yield f"# TYPE {name} {_TYPES.get(family.type, 'gauge' if family.type == 'info' else 'untyped')}"
    for sample, added in samples:
        labels = {**added, **sample.labels}
        if "le" in labels and family.type == "histogram":
            labels["le"] = go_float(float(labels["le"]))
        pairs = sorted(labels.items())
        text = ",".join(f'{label}="{_quoted(value)}"' for label, value in pairs)
        yield f"{sample.name}{{{text}}} {go_float(sample.value)}" if text else f"{sample.name} {go_float(sample.value)}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', '\\"')


def go_float(value: float) -> str:
    """As Go's `strconv.FormatFloat(value, 'g', -1, 64)`: shortest, with an exponent from a million up and below
    0.0001.
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    sign, digits, exponent = Decimal(repr(float(value))).normalize().as_tuple()
    assert isinstance(exponent, int)
    magnitude = len(digits) - 1 + exponent
    text = "".join(map(str, digits))
    minus = "-" if sign else ""
    if -4 <= magnitude < 6 or value == 0:
        return minus + format(Decimal(text).scaleb(exponent), "f")
    mantissa = f"{text[0]}.{text[1:]}" if len(text) > 1 else text
    return f"{minus}{mantissa}e{'-' if magnitude < 0 else '+'}{abs(magnitude):02d}"
