"""What is in scope (`scope.toml`) and where kmon differs on purpose or not yet (`exceptions.toml`)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from tests.conformance.case import HERE, Found

__all__ = ["MOST_EXCEPTED", "Excepted", "Scope", "excepted", "scope"]

MOST_EXCEPTED = 0.15
_BLOCK = re.compile(r'^[ \t]*([a-z_]+(?:\.[a-z_]+)+)[ \t]*(?:"[^"]*"[ \t]*)?\{', re.MULTILINE)
_IMPORT = re.compile(r'^import\.[a-z]+ "([^"]*)"', re.MULTILINE)


class Excepted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`better` says that kmon differs on purpose; without it the difference is still to be mended."""

    reason: str
    better: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    topics: frozenset[str]
    blocks: frozenset[str]

    def holds(self, found: Found) -> bool:
        """Whether the topic is listed, and so is every component and stage that the configuration uses.

        What an import brings is no component of the agent's.
        """
        config = found.raw["config"]
        imported = set(_IMPORT.findall(config))
        used = {name for name in _BLOCK.findall(config) if name.partition(".")[0] not in imported}
        return found.topic in self.topics and self.blocks >= used


def scope() -> Scope:
    table = tomllib.loads((HERE / "scope.toml").read_text(encoding="utf-8"))
    return Scope(
        frozenset(table["topics"]), frozenset(table["components"]) | {f"stage.{name}" for name in table["stages"]}
    )


def excepted() -> Mapping[str, Excepted]:
    """By the id of the case: topic and name."""
    table = tomllib.loads((HERE / "exceptions.toml").read_text(encoding="utf-8"))
    return msgspec.convert(table, dict[str, Excepted])
