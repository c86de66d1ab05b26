"""Certificates on A4: printed for the one who is here, and for nobody after."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

import pytest

from kiosk.domain.devices import PrintOutcome, PrintUpdate
from kiosk.flow.events import SheetReady
from kiosk.services.document_desk import DocumentDesk
from offline_cache.memory import MemoryStore
from tests.services.test_desks import AtOnce, HeldClock


class Hub:
    """An A4 printer that only remembers."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def print_document(self, job_id: str, pdf: bytes) -> None:
        self.done.append(f"print {pdf.decode()}")

    def cancel_documents(self) -> None:
        self.done.append("cancel")


class Later(AtOnce):
    """Keeps the work until it is let go."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Any, tuple[Any, ...]]] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.waiting.append((fn, args))
        return Future()

    def go(self) -> None:
        for fn, args in self.waiting:
            fn(*args)


def desk(executor: AtOnce, hub: Hub, draw: Any = lambda document: b"pdf") -> tuple[DocumentDesk, list[Any]]:
    events: list[Any] = []
    return DocumentDesk(
        MemoryStore(HeldClock()),
        draw,
        hub,
        executor,
        HeldClock(),
        events.append,  # type: ignore[arg-type]
    ), events


def test_job_is_told_before_it_is_handed_to_the_printer() -> None:
    hub = Hub()
    documents, events = desk(AtOnce(), hub)
    documents.press("5e55", "YP0301-261123-0000000001", None)  # type: ignore[arg-type]
    assert isinstance(events[0], SheetReady)
    assert hub.done == ["print pdf"]
    assert documents.owns(events[0].job_id)
    assert not documents.owns("another")


def test_document_still_being_drawn_when_the_resident_leaves_is_never_printed() -> None:
    hub, later = Hub(), Later()
    documents, _ = desk(later, hub)
    documents.press("5e55", None, None)  # type: ignore[arg-type]
    documents.forget()
    later.go()
    assert hub.done == ["cancel"]


def test_document_of_the_resident_before_is_not_printed_for_the_next(caplog: pytest.LogCaptureFixture) -> None:
    hub, later = Hub(), Later()
    documents, _ = desk(later, hub)
    documents.press("aaaa", None, None)  # type: ignore[arg-type]
    documents.forget()
    documents.press("bbbb", None, None)  # type: ignore[arg-type]
    later.go()
    assert hub.done == ["cancel", "print pdf"]


def test_drawing_that_breaks_is_told_as_failed(caplog: pytest.LogCaptureFixture) -> None:
    def broken(document: object) -> bytes:
        raise RuntimeError("a bug")

    hub = Hub()
    documents, events = desk(AtOnce(), hub, broken)
    documents.press("5e55", None, None)  # type: ignore[arg-type]
    assert events[1] == PrintUpdate(events[0].job_id, PrintOutcome.FAILED, "fault")
    assert hub.done == []
