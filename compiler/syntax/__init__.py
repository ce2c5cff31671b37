"""The Alloy language as text and tree: lexer, parser, printer."""

from compiler.syntax.parser import parse, parse_expression
from compiler.syntax.printer import format_file, format_text
from compiler.syntax.token import is_identifier, quote

__all__ = ["format_file", "format_text", "is_identifier", "parse", "parse_expression", "quote"]
