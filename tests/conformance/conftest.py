from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial

import pytest

from tests.conformance.case import Found
from tests.conformance.pool import Pool
from tests.conformance.runner import run_case
from tests.conformance.scope import scope
from tests.e2e.cluster.binaries import MissingError, programs
from tests.e2e.cluster.fixtures import api_server

__all__ = ["api_server", "pool"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselects cases that are out of scope, so that the summary shows how many wait for their turn. Skips those that need
    a cluster where there is none."""
    in_scope = scope()
    outside = [item for item in items if (found := _found(item)) is not None and not in_scope.holds(found)]
    if outside:
        config.hook.pytest_deselected(items=outside)
        left = set(map(id, outside))
        items[:] = [item for item in items if id(item) not in left]
    try:
        programs()
    except MissingError as missing:
        for item in items:
            if (found := _found(item)) is not None and found.needs_cluster:
                item.add_marker(pytest.mark.skip(str(missing)))


@pytest.fixture(scope="session")
def pool(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    base, workers = tmp_path_factory.getbasetemp(), int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    wanted = [item for item in request.session.items if item.get_closest_marker("skip") is None]
    found = [found for found in map(_found, wanted) if found is not None]
    cases = {found.id: found.typed() for found in found}
    server = request.getfixturevalue("api_server") if any(found.needs_cluster for found in found) else None
    running = Pool(shared / "conformance", list(cases.items()), workers, partial(run_case, server=server))
    running.start()
    yield running
    running.stop()


def _found(item: pytest.Item) -> Found | None:
    if not isinstance(item, pytest.Function) or not hasattr(item, "callspec"):
        return None
    found = item.callspec.params.get("found")
    return found if isinstance(found, Found) else None
