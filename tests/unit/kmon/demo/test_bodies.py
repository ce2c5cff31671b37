from __future__ import annotations

import itertools
import json
import random

import pytest

from kmon.demo.bodies import BODIES, Line, sequence
from kmon.demo.files import MAX_PART
from kmon.demo.node import containers


def spoken(name: str, utterances: int = 300) -> list[Line]:
    chance, following = random.Random(3), itertools.count(1).__next__
    return [line for _ in range(utterances) for line in BODIES[name](chance, following)]


@pytest.mark.parametrize("name", sorted(BODIES))
def test_every_line_carries_its_number_and_no_number_is_left_out(name: str) -> None:
    lines = spoken(name)
    assert [line.sequence for line in lines] == list(range(1, len(lines) + 1))
    assert [sequence(line.text.encode()) for line in lines] == [line.sequence for line in lines]
    assert {line.stream for line in lines} <= {"stdout", "stderr"}
    assert not any("\n" in line.text for line in lines)


def test_the_bodies_are_what_a_node_sees() -> None:
    assert all(isinstance(json.loads(line.text), dict) for name in ("checkout", "etcd") for line in spoken(name))
    assert all("level=" in line.text and "msg=" in line.text for line in spoken("cart"))
    assert any(line.text.startswith("\tat ") for line in spoken("orders"))
    assert any(len(line.text) > 2 * MAX_PART for line in spoken("reports"))


def test_every_container_of_the_node_speaks() -> None:
    assert {container.name for container in containers()} == set(BODIES)


def test_a_line_without_a_number() -> None:
    assert sequence(b"consequence=3") is None
