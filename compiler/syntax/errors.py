"""What can be wrong with the text itself: KM200 to KM219."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from compiler.diagnostics import Fact

__all__ = [
    "AttributeLabelled", "BadEscape", "BlockAsExpression", "DottedAttribute", "ExponentWithoutDigits", "HalfOperator",
    "IllegalCharacter", "InvalidLabel", "MissingComma", "RawLabel", "SingleQuotes", "TooDeep", "UnexpectedToken",
    "UnreadableText", "UnterminatedComment", "UnterminatedString",
]  # fmt: skip

_INSTEAD = {
    ":": "names and values are joined by `=`",
    ";": "put each attribute on a line of its own",
    "#": "comments start with `//`",
    "?": "there is no conditional; `coalesce(a, b)` gives the first value that is not empty",
    "$": 'a variable of the environment is read with `sys.env("NAME")`',
    "@": "texts stand in double quotes",
    "\\": "backslashes belong inside strings",
} | dict.fromkeys("“”„‟«»", 'use straight double quotes `"`')


@dataclass(frozen=True)
class IllegalCharacter(Fact, code="KM200"):
    """A character that has no meaning outside strings and comments.

    The usual causes are habits from other languages: `:` for `=`, `#` for a comment, `;` between statements,
    typographic quotes from a document, or a template that was not rendered.

    *Example*: `level: "info"`

    *Use instead*: `level = "info"`
    """

    character: str

    def message(self) -> str:
        shown = f" `{self.character}`" if self.character.isprintable() else ""
        return f"illegal character{shown} (U+{ord(self.character):04X})"

    def help(self) -> str | None:
        return _INSTEAD.get(self.character)


@dataclass(frozen=True)
class UnterminatedString(Fact, code="KM201"):
    """A string whose closing quote is missing.

    A double-quoted string ends on its own line. A raw string in backticks may span lines.

    *Example*: `level = "info`

    *Use instead*: `level = "info"`
    """

    raw: bool = False

    def message(self) -> str:
        return "the string has no closing " + ("backtick" if self.raw else "quote on its line")

    def help(self) -> str | None:
        return None if self.raw else 'end it with `"`, or use backticks for a text over several lines'


@dataclass(frozen=True)
class BadEscape(Fact, code="KM202"):
    r"""An escape that double-quoted strings do not know.

    Known are `\a \b \f \n \r \t \v \\ \"`, `\NNN` (octal, up to 377), `\xNN`, `\uNNNN` and `\UNNNNNNNN`.
    Regular expressions read best as raw strings.

    *Example*: `regex = "foo\.bar"`

    *Use instead*: ``regex = `foo\.bar` ``
    """

    escape: str
    reason: str = "is unknown"

    def message(self) -> str:
        return f"the escape sequence `{self.escape}` {self.reason}"

    def help(self) -> str | None:
        if self.escape == "\\'":
            return "a single quote needs no backslash"
        return "double the backslash, or write the text in backticks, where backslashes stand for themselves"


@dataclass(frozen=True)
class UnterminatedComment(Fact, code="KM203"):
    """A block comment whose `*/` is missing; everything behind it would be comment."""

    def message(self) -> str:
        return "the block comment is never closed"

    def help(self) -> str:
        return "close it with `*/`, or start each line with `//`"


@dataclass(frozen=True)
class SingleQuotes(Fact, code="KM204"):
    """A text in single quotes. Strings stand in double quotes or backticks."""

    def message(self) -> str:
        return "strings do not stand in single quotes"

    def help(self) -> str:
        return 'use double quotes: `"..."`'


@dataclass(frozen=True)
class ExponentWithoutDigits(Fact, code="KM205"):
    """A number whose exponent is empty, such as `1e`."""

    number: str

    def message(self) -> str:
        return f"the exponent of `{self.number}` has no digits"


@dataclass(frozen=True)
class HalfOperator(Fact, code="KM206"):
    """A single `|` or `&`. There are no bit operators; the logical ones are `||` and `&&`."""

    character: str

    def message(self) -> str:
        return f"`{self.character}` alone is no operator"

    def help(self) -> str:
        return f"write `{self.character * 2}`"


@dataclass(frozen=True)
class UnexpectedToken(Fact, code="KM207"):
    """The text goes on with something that cannot stand there.

    A file is a list of `name = value` lines and of blocks, `name "label" { ... }`, whose `{` stands on the line of the
    name. Each statement ends with its line. An operator stands at the end of a line, never at the start of the next.

    *Example*: `level = "info", format = "json"`

    *Use instead*: one attribute a line
    """

    expected: str
    got: str

    def message(self) -> str:
        return f"expected {self.expected}, got {self.got}"

    def help(self) -> str | None:
        return _EXPECTED_GOT.get((self.expected, self.got)) or _EXPECTED.get(self.expected)


_LINE_EACH = "each attribute and each block ends with its line"
_EXPECTED = {
    "the end of the statement": _LINE_EACH,
    "a block label": "block labels stand in double quotes, attributes are written `name = value`",
    "a field name (a name or a string)": 'an object is written `{name = value, "other name" = value}`',
}
_EXPECTED_GOT = {
    ("the end of the statement", "the end of the file"): "something above is not closed",
    ("the end of the statement", "`=`"): "comparison is `==`; one `=` assigns, once a line",
    ("the end of the statement", "`s`"): 'durations stand in quotes: `"60s"`',
    ("the end of the statement", "`m`"): 'durations stand in quotes: `"5m"`',
    ("the end of the statement", "`h`"): 'durations stand in quotes: `"1h"`',
    ("a block label", "the end of the line"): 'write `name = value`, or `name "label" {` with the brace on that line',
    ("a block label", "the end of the file"): 'write `name = value` or `name "label" { ... }`',
    ("a block label", "`-`"): "names consist of letters, digits and `_`",
    ("a name", "`}`"): "there is a closing brace too many",
    ("a name", "`{`"): "a block needs a name before its brace, on the same line",
} | {
    ("a name", f"`{operator}`"): "an operator stands at the end of a line, not at the start of the next"
    for operator in ("||", "&&", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "^")
}  # fmt: skip


@dataclass(frozen=True)
class MissingComma(Fact, code="KM208"):
    """Elements, fields and arguments are parted by commas.

    The last one needs a comma, too, when the closing bracket stands on a line of its own.

    *Example*: `targets = [1 2]`

    *Use instead*: `targets = [1, 2]`
    """

    inside: str
    got: str

    def message(self) -> str:
        return f"missing `,` in {self.inside} before {self.got}"

    def help(self) -> str | None:
        if self.got == "the end of the line":
            return "a comma is needed after the last one, too, when the closing bracket is on another line"
        return None


@dataclass(frozen=True)
class InvalidLabel(Fact, code="KM209"):
    """A block label that is no identifier.

    It consists of letters, digits and `_`, does not start with a digit, and is not `true`, `false` or `null`.

    *Example*: `loki.write "my-write" { }`

    *Use instead*: `loki.write "my_write" { }`
    """

    label: str

    def message(self) -> str:
        return f"the block label `{self.label}` is no identifier"

    def help(self) -> str:
        fixed = "".join(c if c == "_" or c.isalpha() or c.isdecimal() else "_" for c in self.label)
        if not fixed or fixed[0].isdecimal() or fixed in {"true", "false", "null"}:
            fixed = f"_{fixed}"
        return f'letters, digits and `_` only, such as `"{fixed}"`'


@dataclass(frozen=True)
class RawLabel(Fact, code="KM210"):
    """A block label in backticks. Labels stand in double quotes."""

    label: str

    def message(self) -> str:
        return f"the block label {self.label} stands in backticks"

    def help(self) -> str:
        return 'use double quotes: `"..."`'


@dataclass(frozen=True)
class DottedAttribute(Fact, code="KM211"):
    """A value assigned to a name with dots. Attributes have one word; names with dots are blocks.

    *Example*: `stage.json = {expressions = {level = ""}}`

    *Use instead*: `stage.json { ... }`
    """

    name: str

    def message(self) -> str:
        return f"the attribute name `{self.name}` has a dot"

    def help(self) -> str:
        return f"a block is written `{self.name} {{ ... }}`, without `=`"


@dataclass(frozen=True)
class AttributeLabelled(Fact, code="KM212"):
    """A value assigned to a name with a label. Only blocks have labels."""

    name: str

    def message(self) -> str:
        return f"the attribute `{self.name}` has a label"

    def help(self) -> str:
        return f"write `{self.name} = ...`, or a block without `=`"


@dataclass(frozen=True)
class BlockAsExpression(Fact, code="KM213"):
    """A block written where a value is wanted. A component is declared on its own and referred to by name.

    *Example*: `forward_to = loki.write "x" { }`

    *Use instead*: `forward_to = [loki.write.x.receiver]`
    """

    def message(self) -> str:
        return "a block is no value"

    def help(self) -> str:
        return "write the block on its own and refer to what it exports"


@dataclass(frozen=True)
class UnreadableText(Fact, code="KM214"):
    """A NUL character, a byte order mark inside the text, or bytes that are no UTF-8.

    Often the file is UTF-16, or was cut by a tool on its way.
    """

    character: str

    def message(self) -> str:
        match self.character:
            case "\0":
                return "illegal NUL character"
            case "\ufeff":
                return "illegal byte order mark; it may stand at the very beginning only"
            case other if unicodedata.category(other) == "Cs":
                return "the text is not valid UTF-8"
            case other:
                return f"illegal character (U+{ord(other):04X})"

    def help(self) -> str:
        return "save the file as UTF-8"


@dataclass(frozen=True)
class TooDeep(Fact, code="KM215"):
    """Blocks, brackets or operators nested deeper than any configuration needs."""

    limit: int

    def message(self) -> str:
        return f"nested deeper than {self.limit} levels"
