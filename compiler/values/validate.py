"""Values as written → a document that can be read without asking whether a key is there."""

from __future__ import annotations

from compiler.diagnostics import Diagnostics
from compiler.values.check import check
from compiler.values.defaults import named_alike, with_defaults, written
from compiler.values.document import Document
from compiler.values.schema import destination_kinds
from compiler.values.tree import MapNode

__all__ = ["validate"]


def validate(user: MapNode, diagnostics: Diagnostics, *, allow_unknown: bool = False) -> Document:
    """The document of `user` upon the defaults. All that is wrong is reported; what was refused is left out of it."""
    user = named_alike(user)
    refused = check(user, diagnostics, allow_unknown=allow_unknown)
    kept = written(user, refused, destination_kinds(user))
    return Document(with_defaults(kept), kept, refused)
