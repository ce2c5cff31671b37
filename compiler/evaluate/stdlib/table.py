"""Every function with its parameters."""

from __future__ import annotations

import os

from compiler.evaluate.stdlib import arrays, encoding, texts
from compiler.evaluate.stdlib.formatting import sprintf
from compiler.evaluate.stdlib.jsonpath import json_path
from compiler.evaluate.stdlib.yaml import from_yaml
from compiler.evaluate.types import Secret
from compiler.evaluate.values import Function, Parameter

__all__ = ["DEPRECATED", "FUNCTIONS"]


def _texts(*names: str) -> tuple[Parameter, ...]:
    return tuple(Parameter(name, "string") for name in names)


def _reveal(secret: Secret) -> str:
    return secret.reveal()


def _environment(name: str) -> str:
    return os.environ.get(name, "")


_ANY = Parameter("value", "any")
_MAPS = (
    Parameter("left", "any"),
    Parameter("right", "any"),
    Parameter("keys", "any"),
    Parameter("keep_unmatched", "bool"),
)

FUNCTIONS: dict[str, Function] = {
    function.name: function
    for function in (
        Function("array.combine_maps", _MAPS, arrays.combine_maps, optional=1, stability="experimental"),
        Function("array.concat", (), arrays.concat, rest=Parameter("list", "array")),
        Function(
            "array.group_by",
            (Parameter("list", "array"), Parameter("key", "any"), Parameter("drop_missing", "bool")),
            arrays.group_by,
            stability="experimental",
        ),
        Function("coalesce", (), arrays.coalesce, rest=_ANY),
        Function("convert.nonsensitive", (Parameter("secret", "secret"),), _reveal),
        Function("encoding.from_URLbase64", _texts("text"), encoding.from_url_base64),
        Function("encoding.from_base64", _texts("text"), encoding.from_base64),
        Function("encoding.from_json", _texts("text"), encoding.from_json),
        Function("encoding.from_yaml", _texts("text"), from_yaml),
        Function("encoding.to_URLbase64", _texts("text"), encoding.to_url_base64),
        Function("encoding.to_base64", _texts("text"), encoding.to_base64),
        Function("encoding.to_json", (Parameter("object", "any"),), encoding.to_json),
        Function("encoding.url_decode", _texts("text"), encoding.url_decode),
        Function("encoding.url_encode", _texts("text"), encoding.url_encode),
        Function("file.path_join", (), texts.path_join, rest=Parameter("part", "string")),
        Function("json_path", _texts("json", "path"), json_path),
        Function("string.format", _texts("format"), sprintf, rest=_ANY),
        Function("string.join", (Parameter("list", "list(string)"), *_texts("separator")), texts.join),
        Function("string.replace", _texts("text", "old", "new"), str.replace),
        Function("string.split", _texts("text", "separator"), texts.split),
        Function("string.to_lower", _texts("text"), texts.to_lower),
        Function("string.to_upper", _texts("text"), texts.to_upper),
        Function("string.trim", _texts("text", "characters"), str.strip),
        Function("string.trim_prefix", _texts("text", "prefix"), str.removeprefix),
        Function("string.trim_space", _texts("text"), texts.trim_space),
        Function("string.trim_suffix", _texts("text", "suffix"), str.removesuffix),
        Function("sys.env", _texts("name"), _environment),
    )
}

DEPRECATED = {
    "base64_decode": "encoding.from_base64",
    "concat": "array.concat",
    "env": "sys.env",
    "format": "string.format",
    "join": "string.join",
    "json_decode": "encoding.from_json",
    "nonsensitive": "convert.nonsensitive",
    "replace": "string.replace",
    "split": "string.split",
    "to_lower": "string.to_lower",
    "to_upper": "string.to_upper",
    "trim": "string.trim",
    "trim_prefix": "string.trim_prefix",
    "trim_space": "string.trim_space",
    "trim_suffix": "string.trim_suffix",
    "yaml_decode": "encoding.from_yaml",
}
"""Old name to the one in its place."""
