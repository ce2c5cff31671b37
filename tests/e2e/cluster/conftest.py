import gc
import warnings
from collections.abc import Iterator

import pytest

from tests.e2e.cluster.fixtures import api_server, kubelet, namespace, own_cluster, proxy

__all__ = ["api_server", "kubelet", "namespace", "own_cluster", "proxy"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The rig's servers are cut off in the middle of TLS on purpose, and leave transports that nobody closed."""
    for item in items:
        if "/e2e/cluster/" in item.path.as_posix():
            item.add_marker(pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"))


@pytest.fixture(autouse=True)
def swept() -> Iterator[None]:
    """Before another test's time comes."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
