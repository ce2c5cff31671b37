"""Types of values, equality, and the conversions that Alloy makes by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from compiler.evaluate import numbers
from compiler.evaluate.errors import ConversionError, SecretShown, TypeMismatch
from compiler.evaluate.types import OptionalSecret, Secret, Target

__all__ = ["Function", "Parameter", "YamlMap", "as_object", "as_secret", "as_text", "equal", "is_empty", "type_name"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """`type` is "string", "list(string)", "array", "bool", "secret" or "any"."""

    name: str
    type: str


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function of the standard library. `optional` of the parameters may be left out; `rest` takes any number more.

    `call` gets its arguments converted to the parameters' types. It raises `ConversionError` for an argument (its path
    begins with the argument's index) and `ValueError` with a reason for everything else.
    """

    name: str
    parameters: tuple[Parameter, ...]
    call: Callable[..., Any]
    rest: Parameter | None = None
    optional: int = 0
    stability: str = "generally-available"

    @property
    def signature(self) -> str:
        required = len(self.parameters) - self.optional
        names = [p.name if i < required else f"[{p.name}]" for i, p in enumerate(self.parameters)]
        return f"{self.name}({', '.join([*names, f'{self.rest.name}...'] if self.rest else names)})"


class YamlMap:
    """A YAML map with keys that are no texts: it can be passed on and nothing else, as in Alloy."""

    __slots__ = ("items",)
    capsule_type: ClassVar[str] = "map[interface {}]interface {}"

    def __init__(self, items: list[tuple[Any, Any]]) -> None:
        self.items = items


def type_name(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case str():
            return "string"
        case Function():
            return "function"
        case Target():
            return "capsule"
        case list() | tuple() | bytes():
            return "array"
        case Mapping():
            return "object"
        case _:
            return "capsule"


def as_object(value: Any) -> Mapping[str, Any] | None:
    """The fields of an object or target, None for anything else."""
    return value if isinstance(value, Mapping) else None


def equal(left: Any, right: Any) -> bool:
    """Values of different types are never equal, functions neither; numbers compare by value."""
    kind = type_name(left)
    if kind != type_name(right):
        return False
    match kind:
        case "number":
            return numbers.compare("==", left, right)
        case "array":
            return len(left) == len(right) and all(map(equal, left, right))
        case "object":
            return len(left) == len(right) and all(name in right and equal(left[name], right[name]) for name in left)
        case "function":
            return False
        case _:
            return bool(left == right)


def is_empty(value: Any) -> bool:
    """What `coalesce` skips: null and every zero value."""
    match value:
        case Secret():
            return not value.reveal()
        case OptionalSecret():
            return not value.text and not value.is_secret
        case None | bool() | int() | float() | str() | bytes() | list() | tuple() | Mapping():
            return not value
        case _:
            return False


def as_text(value: Any) -> str:
    """A string where one is wanted: numbers in decimal, null as the empty text. Raises `ConversionError`."""
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            raise ConversionError(TypeMismatch("string", "bool"))
        case int() | float():
            return numbers.format_number(value)
        case bytes():
            return value.decode("utf-8", "surrogateescape")
        case OptionalSecret(is_secret=False):
            return value.text
        case Secret() | OptionalSecret():
            raise ConversionError(SecretShown())
        case _:
            raise ConversionError(TypeMismatch("string", type_name(value)))


def as_secret(value: Any) -> Secret:
    """Raises `ConversionError`: only texts and secrets are converted, numbers are not."""
    match value:
        case Secret():
            return value
        case OptionalSecret():
            return Secret(value.text)
        case str():
            return Secret(value)
        case None:
            return Secret("")
        case _:
            raise ConversionError(TypeMismatch("string or secret", type_name(value)))
