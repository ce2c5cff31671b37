"""Every case in scope, against `kmon run` from outside."""

from __future__ import annotations

import pytest

from tests.conformance.case import Found, found_cases
from tests.conformance.pool import Pool
from tests.conformance.scope import MOST_EXCEPTED, excepted, scope

_CASES = list(found_cases())
_TOPICS = {found.topic for found in _CASES}
_EXCEPTED = {id: one for id, one in excepted().items() if any(id.startswith(f"{topic}/") for topic in _TOPICS)}


@pytest.mark.parametrize("found", [pytest.param(found, id=found.id) for found in _CASES])
def test_case(found: Found, pool: Pool) -> None:
    differences = pool.outcome(found.id)
    exception = _EXCEPTED.get(found.id)
    if exception is None:
        assert not differences, "\n".join([found.raw["about"], *differences])
    elif differences:
        pytest.xfail(exception.reason)
    else:
        pytest.fail("passes: it is no longer an exception, take it out of exceptions.toml")


def test_every_exception_is_a_case_in_scope_and_they_stay_few() -> None:
    in_scope = [found.id for found in _CASES if scope().holds(found)]
    assert set(_EXCEPTED) <= set(in_scope), "exceptions.toml names cases that do not exist or are not in scope"
    assert all(exception.reason.strip() for exception in _EXCEPTED.values())
    assert len(_EXCEPTED) <= MOST_EXCEPTED * len(in_scope)


def test_topics_in_scope_exist_and_all_their_keys_are_known() -> None:
    assert scope().topics <= _TOPICS
    for found in _CASES:
        if scope().holds(found):
            found.typed()


def test_names_are_unique() -> None:
    names = [found.id for found in _CASES]
    assert len(names) == len(set(names))
