from __future__ import annotations

import msgspec
import pytest

from compiler.diagnostics import Diagnostics, Source
from compiler.evaluate.types import Duration, Secret, Target
from compiler.syntax import parse
from runtime.component import ComponentError
from runtime.engine.arguments import locate, to_arguments

TEXT = """loki.process "p" {
  forward_to = []
  stage.cri { }
  stage.match {
    selector = "{}"
    stage.regex {
      expression = "x"
    }
  }
  endpoint { url = "a" }
  endpoint {
    url   = "b"
    names = ["a", "b"]
  }
}
"""


class Inner(msgspec.Struct, frozen=True, kw_only=True):
    url: str
    wait: Duration = Duration(1)


class Outer(msgspec.Struct, frozen=True, kw_only=True):
    targets: list[Target]
    token: Secret | None = None
    endpoint: list[Inner] = []


def test_values_pass_through_as_they_are() -> None:
    target, token = Target({"a": "b"}), Secret("s")
    arguments = to_arguments(
        {"targets": [target], "token": token, "endpoint": [{"url": "u", "wait": Duration(5)}]}, Outer
    )
    assert arguments == Outer(targets=[target], token=token, endpoint=[Inner(url="u", wait=Duration(5))])


def test_what_does_not_fit_names_its_path() -> None:
    with pytest.raises(ComponentError) as caught:
        to_arguments({"targets": [], "endpoint": [{"url": "u"}, {"url": 5}]}, Outer)
    assert (caught.value.attribute, str(caught.value)) == ("endpoint[1].url", "Expected `str`, got `int`")


@pytest.mark.parametrize(
    ("path", "at"),
    [
        (None, "1:1"),
        ("forward_to", "2:16"),
        ("unknown", "1:1"),
        ("endpoint.url", "10:20"),
        ("endpoint[1].url", "12:13"),
        ("endpoint[1].names[1]", "13:19"),
        ("endpoint[1].nothing", "11:3"),
        ("stage.cri", "3:3"),
        ("stage.match.stage.regex.expression", "7:20"),
    ],
)
def test_a_path_is_found_in_the_text(path: str | None, at: str) -> None:
    diagnostics = Diagnostics()
    (block,) = parse(Source("c.alloy", TEXT), diagnostics).body.blocks
    assert not diagnostics.errors
    assert str(locate(block, path)) == f"c.alloy:{at}"
