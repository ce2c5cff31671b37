"""The functions of templates: Go's own, Alloy's, sprig's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from runtime.text.template import builtin, sprig
from runtime.text.template.invalid import Invalid
from runtime.text.template.values import kind

__all__ = ["FUNCTIONS", "Function", "Invalid"]

_KINDS = {"s": "string", "i": "int", "f": "float64", "b": "bool"}


@dataclass(frozen=True, slots=True)
class Function:
    """`parameters` has a letter a parameter: s(tring), i(nt), f(loat), b(ool), l(ist), m(ap), a(ny); `more` is the letter of
    further ones. nil fits only a, l and m."""

    run: Callable[..., Any]
    parameters: str
    more: str = ""

    def call(self, arguments: Sequence[Any]) -> Any:
        """Raises `Invalid` for arguments that do not fit, as Go would."""
        wanted = len(self.parameters)
        if len(arguments) < wanted or (len(arguments) > wanted and not self.more):
            count = f"at least {wanted}" if self.more else str(wanted)
            raise Invalid(f"wrong number of arguments: wants {count}, got {len(arguments)}")
        letters = self.parameters + self.more * (len(arguments) - wanted)
        return self.run(*(_fitting(letter, value) for letter, value in zip(letters, arguments, strict=True)))


def _fitting(letter: str, value: Any) -> Any:
    match letter:
        case "a":
            return value
        case "s" if isinstance(value, str):
            return value
        case "i" if kind(value) == "int":
            return value
        case "f" if kind(value) in ("int", "float"):
            return float(value)
        case "b" if isinstance(value, bool):
            return value
        case "l" if value is None or isinstance(value, list):
            return value or []
        case "m" if value is None or isinstance(value, dict):
            return {} if value is None else value
    raise Invalid(f"wrong type for value: expected {_KINDS.get(letter, 'collection')}, got {kind(value)}")


# Alloy's own win over sprig's of the same name.
FUNCTIONS: dict[str, Function] = {
    name: Function(*entry) for table in (*sprig.TABLES, builtin.TABLE) for name, entry in table.items()
}
