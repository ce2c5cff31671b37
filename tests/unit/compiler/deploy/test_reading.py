"""Manifests that cannot be read."""

import pytest

from compiler.deploy.reading import ManifestError, read_objects
from compiler.diagnostics import Source


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("data:\n  key: hunter2\n  key: hunter3\n", 'a.yaml:3:3: invalid YAML: found duplicate key "key"'),
        ("[" * 5000, "a.yaml: maps and lists are nested too deep"),
        ("- a\n", "a.yaml:1:1: a manifest is a map with `kind`, this is none"),
    ],
)
def test_it_is_told_why_and_no_value(text: str, message: str) -> None:
    with pytest.raises(ManifestError) as caught:
        list(read_objects(Source("a.yaml", text)))
    assert str(caught.value) == message
