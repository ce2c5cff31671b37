"""Mistakes that Alloy's `validate` accepts: lint must name each, at its place."""

from __future__ import annotations

import pytest

from compiler.diagnostics import Diagnostics, Source
from compiler.lint import lint
from compiler.syntax import parse
from tests.conformance.language.cases import Case, agrees, params

NAMED = {
    "logging with a label": ("KM242", 1),
    "label on a block without label": ("KM268", 2),
    "null for a required attribute": ("KM281", 2),
    "receiver without brackets": ("KM221", 2),
    "component instead of its receiver": ("KM271", 2),
    "receiver in quotes": ("KM234", 2),
    "metrics receiver for logs": ("KM234", 2),
    "logs receiver for metrics": ("KM234", 3),
    "logs into otelcol without the bridge": ("KM234", 2),
    "discovery component instead of its targets": ("KM271", 6),
    "export with the wrong name": ("KM246", 10),
    "string target of a reference": ("KM221", 3),
    "timeout above interval": ("KM501", 4),
    "relabel replace without target_label": ("KM330", 4),
    "relabel hashmod without modulus": ("KM330", 4),
    "relabel labeldrop with source_labels": ("KM330", 5),
    "relabel target_label with a dash": ("KM331", 6),
    "bad URL": ("KM820", 3),
    "URL without scheme": ("KM820", 3),
    "basic_auth and bearer_token together": ("KM282", 6),
    "password and password_file together": ("KM282", 8),
    "reference to an export that is not there": ("KM246", 2),
    "unknown function of a namespace": ("KM224", 3),
    "function called with wrong arguments": ("KM228", 3),
    "argument that was not declared": ("KM245", 5),
    "json stage without expressions": ("KM422", 8),
    "regex stage with bad expression": ("KM269", 9),
    "regex stage without named group": ("KM421", 9),
    "timestamp stage with an unknown location": ("KM425", 11),
    "match stage with a bad selector": ("KM423", 9),
    "match stage with an unknown action": ("KM233", 10),
    "multiline stage with a bad regex": ("KM269", 9),
    "drop stage without condition": ("KM422", 8),
    "metrics stage with a bad action": ("KM422", 11),
    "tenant stage with two sources": ("KM422", 8),
    "sampling rate above one": ("KM422", 9),
    "remote_write without endpoint": ("KM314", 1),
    "otelcol output with a Loki receiver": ("KM234", 3),
    "forward_to is empty": ("KM312", 2),
    "receiver that nobody feeds": ("KM310", 1),
    "targets that nobody uses": ("KM311", 1),
    "destination that nobody feeds": ("KM310", 1),
    "loki.write without endpoint": ("KM314", 5),
    "empty targets": ("KM313", 2),
    "path that matches nothing": ("KM402", 2),
    "glob in loki.source.file": ("KM402", 2),
    "relabel rule on a label that discovery does not give": ("KM334", 9),
    "labels stage of a key that nobody extracts": ("KM420", 9),
    "docker stage for CRI logs": ("KM410", 13),
    "relabel replacement names a group that is not there": ("KM332", 7),
    "keep rule that drops everything": ("KM333", 4),
    "password in plain text": ("KM901", 7),
    "batch processor at the wrong end": ("KM310", 1),
    "transform processor with bad OTTL": ("KM610", 6),
    "transform processor with an unknown function": ("KM611", 4),
    "filter processor with bad OTTL": ("KM610", 3),
    "two receivers on one port": ("KM315", 11),
    "receiver without protocol": ("KM316", 1),
    "events source duplicated": ("KM430", 5),
    "high-cardinality label": ("KM431", 4),
    "index out of range": ("KM227", 2),
    "time format that is no layout": ("KM424", 10),
    "export of a module that is not there": ("KM246", 20),
    "module that uses itself": ("KM301", 1),
    "import.string is not looked into": ("KM251", 7),
    "import.string with broken content": ("KM207", 1),
    "reference into a foreach": ("KM246", 19),
    "import.file of a missing file": ("KM252", 2),
    "declare used with a wrong type": ("KM286", 16),
}
"""The code that names the mistake, and its line."""


def found(case: Case) -> set[tuple[str, int]]:
    text = case["validate"]
    diagnostics = Diagnostics()
    texts = {"config.alloy": text} if isinstance(text, str) else text
    files = [parse(Source(name, content), diagnostics) for name, content in texts.items()]
    return {(one.code, one.span.position[0]) for one in lint(files, diagnostics) if one.span}


@pytest.mark.parametrize("case", params("validate-misses"))
def test_the_mistake_is_named_at_its_place(case: Case) -> None:
    wanted = NAMED.get(case["name"])
    agrees("validate-misses", case, wanted in found(case), True)
