from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.conformance.case import Case, Found
from tests.conformance.pool import Pool
from tests.conformance.scope import scope


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselects cases that are out of scope, so that the summary shows how many wait for their turn."""
    in_scope = scope()
    outside = [item for item in items if (found := _found(item)) is not None and not in_scope.holds(found)]
    if outside:
        config.hook.pytest_deselected(items=outside)
        left = set(map(id, outside))
        items[:] = [item for item in items if id(item) not in left]


@pytest.fixture(scope="session")
def pool(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    base, workers = tmp_path_factory.getbasetemp(), int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    cases: dict[str, Case] = {f.id: f.typed() for f in map(_found, request.session.items) if f is not None}
    running = Pool(shared / "conformance", list(cases.items()), workers)
    running.start()
    yield running
    running.stop()


def _found(item: pytest.Item) -> Found | None:
    if not isinstance(item, pytest.Function) or not hasattr(item, "callspec"):
        return None
    found = item.callspec.params.get("found")
    return found if isinstance(found, Found) else None
