"""What every test stands on: Qt without a display, nobody's settings, and three habits that fail a test.

- A log record of WARNING or above that the test did not ask for (by the `caplog` fixture).
- A log record whose text cannot be made from its arguments.
- A thread that was not there before and is still running.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.forms import LoadReport, load_packages

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.pop("KIOSK_SETTINGS", None)

SERVICES = Path(__file__).resolve().parents[1] / "config" / "services"
THREAD_END_S = 2.0
#: Files that take long with few tests. The workers share the files; what is long must not be begun last.
LONG_FILES = (
    "devices/test_conformance.py",
    "bench/test_lab.py",
    "bench/test_monkey.py",
    "journeys/test_on_the_screens.py",
    "devices/test_howto.py",
    "devices/test_page_vision.py",
    "devices/test_document_camera.py",
    "devices/test_camera_scanner.py",
)
POOLS = ("AnyIO worker", "Dummy-")  # libraries' own: the centre's pool ends with its server, not with a request


class _Stray(logging.Handler):
    """Keeps what should not have been logged."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = record.getMessage()
        except (TypeError, ValueError) as error:
            self.lines.append(f"{record.name}: {record.msg!r} cannot be formatted: {error}")
            return
        if record.levelno >= logging.WARNING:
            self.lines.append(f"{record.levelname} {record.name}: {text}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, in this order; the others as they were found."""
    order = {name: place for place, name in enumerate(LONG_FILES)}
    items.sort(key=lambda item: order.get("/".join(item.path.parts[-2:]), len(order)))


@pytest.fixture(scope="session", autouse=True)
def shipped() -> LoadReport:
    """The packages that come along, in use as long as there are tests: whoever loads them is given these."""
    return load_packages(SERVICES)


@pytest.fixture(autouse=True)
def no_stray_log(request: pytest.FixtureRequest) -> Iterator[None]:
    handler = _Stray()
    logging.getLogger().addHandler(handler)
    yield
    logging.getLogger().removeHandler(handler)
    if handler.lines and "caplog" not in request.fixturenames:
        pytest.fail("the test logged what it did not ask for (use caplog if it is meant):\n" + "\n".join(handler.lines))


@pytest.fixture(autouse=True)
def no_leaked_thread() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before and not thread.name.startswith(POOLS)]
    for thread in left:
        thread.join(THREAD_END_S)
    running = [thread.name for thread in left if thread.is_alive()]
    if running:
        pytest.fail(f"threads still run after the test: {', '.join(running)}")
