"""The syntax of OTTL, the language of `otelcol.processor.transform` and `otelcol.processor.filter`.

A statement is `editor(arguments) [where condition]`. What is read is a little more than OTTL allows: a text that is refused
here is refused there
(https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main/pkg/ottl/LANGUAGE.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["EDITORS", "OttlError", "parse_condition", "parse_statement"]

EDITORS = frozenset(
    {
        "aggregate_on_attribute_value", "aggregate_on_attributes", "append", "convert_exponential_histogram_to_histogram",
        "convert_gauge_to_sum", "convert_sum_to_gauge", "convert_summary_count_val_to_sum",
        "convert_summary_quantile_val_to_gauge", "convert_summary_sum_val_to_sum", "copy_metric", "delete_index",
        "delete_key", "delete_matching_keys", "extract_count_metric", "extract_sum_metric", "flatten", "keep_keys",
        "keep_matching_keys", "limit", "merge_maps", "replace_all_matches", "replace_all_patterns", "replace_match",
        "replace_pattern", "scale_metric", "set", "set_semconv_span_name", "truncate_all",
    }
)  # fmt: skip

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<bytes>0x[0-9a-fA-F]+)|(?P<number>[+-]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?)"""
    r"""|(?P<compare>==|!=|<=|>=|<|>)|(?P<sign>[()\[\]{},:.=+*/-])|(?P<word>[A-Za-z_]\w*)|(?P<end>$)|(?P<other>\S))"""
)
_DEEPEST = 200


class OttlError(Exception):
    """`str()` says what is wrong; `column` counts characters from 1."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(message)
        self.column = column


@dataclass(slots=True)
class _Parser:
    text: str
    at: int = 0
    kind: str = ""
    value: str = ""
    start: int = 0
    depth: int = 0
    calls: list[tuple[str, int]] = field(default_factory=list)

    def next(self) -> None:
        match = _TOKEN.match(self.text, self.at)
        assert match is not None and match.lastgroup is not None
        self.kind, self.value = match.lastgroup, match[match.lastgroup]
        self.start, self.at = match.start(match.lastgroup), match.end()

    def fault(self, wanted: str) -> OttlError:
        got = "the end" if self.kind == "end" else f"`{self.value}`"
        return OttlError(f"expected {wanted}, got {got}", self.start + 1)

    def on(self, *values: str) -> bool:
        return self.kind in ("sign", "word", "compare") and self.value in values

    def take(self, value: str) -> None:
        if not self.on(value):
            raise self.fault(f"`{value}`")
        self.next()

    def end(self) -> None:
        if self.kind != "end":
            raise self.fault("the end")

    def statement(self) -> None:
        if self.kind != "word":
            raise self.fault("the name of a function")
        self.calls.append((self.value, self.start))
        self.next()
        self.arguments()
        self.keys()
        if self.on("where"):
            self.next()
            self.condition()

    def condition(self) -> None:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise OttlError("too deeply nested", self.start + 1)
        while True:
            while self.on("not"):
                self.next()
            self.sum()
            if self.kind == "compare":
                self.next()
                self.sum()
            if not self.on("and", "or"):
                break
            self.next()
        self.depth -= 1

    def sum(self) -> None:
        self.operand()
        while self.on("+", "-", "*", "/") or (self.kind == "number" and self.value[0] in "+-"):
            if self.kind == "sign":
                self.next()
            self.operand()

    def operand(self) -> None:
        match self.kind:
            case "string" | "bytes" | "number":
                self.next()
            case "word" if self.value in ("and", "or", "where"):
                raise self.fault("a value")
            case "word":
                self.name()
            case "sign" if self.value == "(":
                self.next()
                self.condition()
                self.take(")")
            case "sign" if self.value == "-":
                self.next()
                self.operand()
            case "sign" if self.value == "[":
                self.listed("[", "]", self.condition)
            case "sign" if self.value == "{":
                self.listed("{", "}", self.pair)
            case _:
                raise self.fault("a value")
        self.keys()

    def name(self) -> None:
        """A path, an enum or a call."""
        self.next()
        while self.on("."):
            self.next()
            if self.kind != "word":
                raise self.fault("a name")
            self.next()
            self.keys()
        if self.on("("):
            self.arguments()

    def keys(self) -> None:
        while self.on("[") or self.on("."):
            if self.value == ".":
                self.next()
                if self.kind != "word":
                    raise self.fault("a name")
                self.next()
                continue
            self.next()
            self.condition()
            self.take("]")

    def arguments(self) -> None:
        if not self.on("("):
            raise self.fault("`(`")
        self.listed("(", ")", self.argument)

    def argument(self) -> None:
        if self.kind == "word" and re.match(r"\s*=(?!=)", self.text[self.at :]):
            self.next()
            self.next()
        self.condition()

    def pair(self) -> None:
        if self.kind != "string":
            raise self.fault("a key in double quotes")
        self.next()
        self.take(":")
        self.condition()

    def listed(self, opening: str, closing: str, one: Callable[[], None]) -> None:
        self.take(opening)
        if not self.on(closing):
            one()
            while self.on(","):
                self.next()
                one()
        self.take(closing)


def parse_statement(text: str) -> tuple[str, int]:
    """The editor and its column. Raises `OttlError`."""
    parser = _Parser(text)
    parser.next()
    parser.statement()
    parser.end()
    name, start = parser.calls[0]
    return name, start + 1


def parse_condition(text: str) -> None:
    """Raises `OttlError`."""
    parser = _Parser(text)
    parser.next()
    parser.condition()
    parser.end()
