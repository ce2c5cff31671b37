"""What can be wrong with a value: KM220 to KM239."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from compiler.diagnostics import Edit, Fact, Span, did_you_mean
from compiler.fixes import replaced, respelled, slip_of

__all__ = [
    "ByteSizeInvalid", "ConversionError", "DivisionByZero", "DurationInvalid", "EvaluationError", "FunctionFailed",
    "IndexOutOfRange", "MissingField", "NoFields", "NotIndexable", "NumberOutOfRange", "OperandType", "SecretShown",
    "TargetInvalid", "TypeMismatch", "UnknownEnumValue", "UnknownName", "WrongArgumentCount", "WrongCapsule",
]  # fmt: skip


_QUOTED_REFERENCE = r'"[A-Za-z_]\w*(\.[A-Za-z_]\w*){2,}"'


class EvaluationError(Exception):
    """An expression has no value; `span` is the part of it that is to blame."""

    def __init__(self, fact: Fact, span: Span) -> None:
        super().__init__(fact.message())
        self.fact = fact
        self.span = span


class ConversionError(Exception):
    """A value does not fit a type; `path` leads from the value to the part to blame: list indexes and object keys."""

    def __init__(self, fact: Fact, path: tuple[int | str, ...] = ()) -> None:
        super().__init__(fact.message())
        self.fact = fact
        self.path = path

    def under(self, step: int | str) -> ConversionError:
        return ConversionError(self.fact, (step, *self.path))


def _near(word: str, known: Iterable[str]) -> str | None:
    near = did_you_mean(word, known)
    return f"did you mean `{near}`?" if near else None


@dataclass(frozen=True)
class UnknownName(Fact, code="KM220"):
    """A name that is neither a component, nor a variable of this module, nor of the standard library.

    *Example*: `forward_to = [loki_write.default.receiver]`

    *Use instead*: `forward_to = [loki.write.default.receiver]`
    """

    name: str
    known: tuple[str, ...] = ()

    def message(self) -> str:
        return f"`{self.name}` does not exist or is out of scope"

    def help(self) -> str | None:
        return _near(self.name, self.known)


@dataclass(frozen=True)
class TypeMismatch(Fact, code="KM221"):
    """A value of another type than the one that is wanted.

    Numbers become strings and strings of digits become numbers; nothing else is converted: a list is never made of
    a single value, and a bool is never a string.

    *Example*: `source_labels = "namespace"`

    *Use instead*: `source_labels = ["namespace"]`

    *Fix*: a single value where a list is wanted is put in brackets, `"true"` and `"false"` where a bool is wanted lose their
    quotes, and a bool where a text is wanted gets some.
    """

    expected: str
    got: str

    def message(self) -> str:
        return f"expected {self.expected}, got {self.got}"

    def help(self) -> str | None:
        match self.expected, self.got:
            case "array", got if got not in ("null", "function"):
                return "put it in brackets: `[...]`"
            case "bool", "string":
                return "write `true` or `false` without quotes"
            case "string", "bool":
                return "put it in quotes"
            case "string", "object" | "array":
                return "`encoding.to_json` writes an object as a text, `string.join` a list of texts"
            case "function", _:
                return "only functions can be called"
            case _:
                return None

    def fix(self, span: Span) -> tuple[Edit, ...]:
        match self.expected, self.got:
            # A text with a comma in it may be meant as several.
            case "array", "string" if "," not in span.text:
                return replaced(span, f"[{span.text}]")
            case "array", got if got == "object" or got.startswith("`"):
                return replaced(span, f"[{span.text}]")
            case "bool", "string" if span.text in ('"true"', '"false"'):
                return replaced(span, span.text.strip('"'))
            case "string", "bool" if span.text in ("true", "false"):
                return replaced(span, f'"{span.text}"')
            case _:
                return ()


@dataclass(frozen=True)
class OperandType(Fact, code="KM222"):
    """An operator between values that it does not know. Nothing is converted inside of operators.

    *Example*: `"port " + 80`

    *Use instead*: `string.format("port %d", 80)`
    """

    operator: str
    allowed: tuple[str, ...]
    got: str

    def message(self) -> str:
        *most, last = self.allowed
        return f"`{self.operator}` takes {', '.join(most) + ' or ' if most else ''}{last}, not {self.got}"

    def help(self) -> str | None:
        if self.operator == "+" and self.got == "array":
            return "lists are joined by `array.concat(a, b)`"
        if self.operator == "+" and self.got == "object":
            return "objects cannot be joined; `array.combine_maps` joins lists of them"
        return None


@dataclass(frozen=True)
class DivisionByZero(Fact, code="KM223"):
    """A division by zero, or the rest of one."""

    def message(self) -> str:
        return "division by zero"


@dataclass(frozen=True)
class MissingField(Fact, code="KM224"):
    """`value.name` where the object has no such field. `value["name"]` gives null instead.

    *Example*: `loki.write.default.reciever`

    *Use instead*: `loki.write.default.receiver`

    *Fix*: a name that is one slip of the hand away from a single field is spelled like it.
    """

    name: str
    known: tuple[str, ...] = ()

    def message(self) -> str:
        return f"the field `{self.name}` does not exist"

    def help(self) -> str | None:
        if near := _near(self.name, self.known):
            return near
        if 0 < len(self.known) <= 12:
            return "there are " + ", ".join(f"`{name}`" for name in sorted(self.known))
        return None

    def fix(self, span: Span) -> tuple[Edit, ...]:
        return respelled(span, self.name, slip_of(self.name, self.known))


@dataclass(frozen=True)
class NoFields(Fact, code="KM225"):
    """`value.name` on something that is no object."""

    name: str
    got: str

    def message(self) -> str:
        return f"cannot access the field `{self.name}` of {_article(self.got)}"


@dataclass(frozen=True)
class NotIndexable(Fact, code="KM226"):
    """`value[index]` on something that is neither a list nor an object."""

    got: str

    def message(self) -> str:
        return f"expected object or array in front of `[`, got {self.got}"


@dataclass(frozen=True)
class IndexOutOfRange(Fact, code="KM227"):
    """A list index that is negative or behind the last element. The first element has index 0.

    *Example*: `["a"][1]`

    *Use instead*: `["a"][0]`
    """

    index: int
    length: int

    def message(self) -> str:
        return f"the index {self.index} is out of range of an array with {self.length} elements"


@dataclass(frozen=True)
class WrongArgumentCount(Fact, code="KM228"):
    """A function called with too few or too many arguments."""

    function: str
    expected: str
    got: int
    signature: str = ""

    def message(self) -> str:
        return f"`{self.function}` takes {self.expected}, got {self.got}"

    def help(self) -> str | None:
        return f"`{self.signature}`" if self.signature else None


@dataclass(frozen=True)
class FunctionFailed(Fact, code="KM229"):
    """A function of the standard library could not work with what it was given, such as text that is no JSON."""

    function: str
    reason: str

    def message(self) -> str:
        return f"`{self.function}` failed: {self.reason}"


@dataclass(frozen=True)
class SecretShown(Fact, code="KM230"):
    """A secret used where a plain text is wanted, where it could be seen.

    *Example*: `url = local.file.token.content`, with `is_secret = true`

    *Use instead*: an attribute that takes secrets, or `convert.nonsensitive(...)` when the value is none
    """

    def message(self) -> str:
        return "a secret may not be converted into a string"

    def help(self) -> str:
        return "`convert.nonsensitive(...)` shows it on purpose"


@dataclass(frozen=True)
class DurationInvalid(Fact, code="KM231"):
    """A text that is no duration. Units are `h m s ms us ns`; there are no days and no numbers without a unit.

    *Example*: `scrape_interval = "1d"`

    *Use instead*: `scrape_interval = "24h"`

    *Fix*: days are written as hours.
    """

    text: str
    reason: str

    def message(self) -> str:
        return f"`{self.text}` is no duration: {self.reason}"

    def help(self) -> str | None:
        if self.text.isdecimal():
            return f'write the unit: `"{self.text}s"`'
        if hours := self._hours():
            return f'write hours: `"{hours}"`'
        return 'such as `"1h30m"`, `"15s"` or `"500ms"`'

    def fix(self, span: Span) -> tuple[Edit, ...]:
        hours = self._hours()
        return replaced(span, f'"{hours}"') if hours and span.text == f'"{self.text}"' else ()

    def _hours(self) -> str:
        days = self.text.removesuffix("d")
        return f"{int(days) * 24}h" if days != self.text and days.isdecimal() else ""


@dataclass(frozen=True)
class ByteSizeInvalid(Fact, code="KM232"):
    """A text that is no size. Units are `B KB MB GB TB` and `KiB MiB GiB TiB`; both kinds count by 1024.

    *Example*: `body_size_limit = "1000"`

    *Use instead*: `body_size_limit = "1000B"`
    """

    text: str

    def message(self) -> str:
        return f"`{self.text}` is no size"

    def help(self) -> str:
        return f'write the unit: `"{self.text}B"`' if self.text.isdecimal() else 'such as `"512KiB"` or `"10MiB"`'


@dataclass(frozen=True)
class UnknownEnumValue(Fact, code="KM233"):
    """A text that is none of the words that this attribute knows. Upper and lower case differ.

    *Fix*: a word that differs in upper and lower case only, or that is one slip of the hand away from a single known one, is
    spelled like it.
    """

    text: str
    known: tuple[str, ...]

    def message(self) -> str:
        return f"`{self.text}` is none of " + ", ".join(f"`{word}`" for word in self.known if word)

    def help(self) -> str | None:
        return _near(self.text, self.known) or _near(self.text.lower(), self.known)

    def fix(self, span: Span) -> tuple[Edit, ...]:
        same = [word for word in self.known if word.lower() == self.text.lower()]
        right = same[0] if len(same) == 1 else slip_of(self.text, self.known)
        return respelled(span, f'"{self.text}"', right and f'"{right}"')


@dataclass(frozen=True)
class WrongCapsule(Fact, code="KM234"):
    """A value that can only be passed on, such as a receiver, where another kind of it is wanted.

    *Example*: `forward_to = [prometheus.remote_write.default.receiver]` in `loki.source.file`

    *Use instead*: `forward_to = [loki.write.default.receiver]`

    *Fix*: a reference that is written as a text loses its quotes.
    """

    expected: str
    got: str

    def message(self) -> str:
        return f"expected `{self.expected}`, got {self.got}"

    def fix(self, span: Span) -> tuple[Edit, ...]:
        return replaced(span, span.text[1:-1]) if re.fullmatch(_QUOTED_REFERENCE, span.text) else ()


@dataclass(frozen=True)
class TargetInvalid(Fact, code="KM235"):
    """Something that cannot be a target. A target is an object of labels: `{"__address__" = "host:80"}`."""

    reason: str

    def message(self) -> str:
        return f"no target: {self.reason}"

    def help(self) -> str:
        return 'a target is an object of texts: `{"__address__" = "host:80"}`'


@dataclass(frozen=True)
class NumberOutOfRange(Fact, code="KM236"):
    """A number that its type cannot hold."""

    number: str
    kind: str

    def message(self) -> str:
        return f"the number `{self.number}` is out of range of {self.kind}"


def _article(type_name: str) -> str:
    if type_name == "null":
        return "null"
    return f"an {type_name}" if type_name[0] in "aeiou" else f"a {type_name}"
