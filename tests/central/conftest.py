"""One centre for each module of tests that does not change how a centre is started."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.central.support import Running, running
from tests.more_packages import write_samples


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    packages = write_samples(tmp_path_factory.mktemp("packages"), with_services=True)
    with running(tmp_path_factory.mktemp("centre"), packages=packages) as found:
        yield found


@pytest.fixture(autouse=True)
def no_leaked_thread() -> Iterator[None]:
    """As for all tests, but a centre that serves the whole module keeps its server's workers until it ends."""
    before = set(threading.enumerate())
    yield
    left = [t for t in threading.enumerate() if t not in before and t.name not in ("AnyIO worker thread", "centre")]
    for thread in left:
        thread.join(2.0)
    assert [thread.name for thread in left if thread.is_alive()] == []
