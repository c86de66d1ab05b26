"""The nightly self-test, what it leaves behind for a technician, and when nobody is there."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from kiosk.app.logs import EventLog, Line
from kiosk.app.night import KV_SELF_TEST, Itself, SelfTest, last_self_test
from kiosk.app.staff_room import staff_notes
from kiosk.app.status import LinkWords
from kiosk.domain.devices import DeviceStatus, Health, SelfTestReport, Supply
from kiosk.domain.diagnostics import CheckOutcome
from kiosk.domain.errors import StoreIoError
from kiosk.flow.state import FlowState, Place, World
from kiosk.ports import central
from kiosk.ports.devices import DeviceHub
from kiosk.ports.storage import Errand, ErrandKind, Park, VerifyReport
from offline_cache import MemoryStore
from offline_cache.check_book import CheckBookFile
from tests.contracts.samples import HandClock, got, submission

AT = datetime(2026, 11, 22, 19, 37, tzinfo=UTC)


def status(name: str, health: Health = Health.ONLINE, *, disabled: bool = False) -> DeviceStatus:
    return DeviceStatus(name, "driver", "", health, Supply.UNKNOWN, "ok", None, AT, disabled=disabled)


@dataclass
class Hub:
    """Devices by name; those in ``broken`` fail their self-test, those in ``mad`` do not even answer."""

    there: list[DeviceStatus]
    broken: tuple[str, ...] = ()
    mad: tuple[str, ...] = ()

    def statuses(self) -> tuple[DeviceStatus, ...]:
        return tuple(self.there)

    def self_test(self, name: str) -> SelfTestReport:
        if name in self.mad:
            raise RuntimeError(name)
        return SelfTestReport(
            name, ok=name not in self.broken, detail="no_answer" if name in self.broken else "ok", at=AT
        )


@dataclass
class Night:
    """One night on a terminal with a memory of a store."""

    folder: Path
    hub: Hub
    verify: Callable[[], VerifyReport] = lambda: VerifyReport(3, ())
    residue: bool | None = True
    store: MemoryStore = field(default_factory=lambda: MemoryStore(clock=HandClock()))
    lines: list[Line] = field(default_factory=list)

    def passes(self) -> dict[str, Any]:
        log = EventLog(None)
        log.listen(self.lines.append)
        self.book = CheckBookFile(self.folder)
        hub = cast("DeviceHub", self.hub)
        SelfTest(hub, self.book, self.store, self.verify, lambda: self.residue, HandClock(), log).run()
        return last_self_test(got(self.store.get(KV_SELF_TEST))) or {}


def test_every_device_that_is_fitted_and_the_store_are_tested_and_it_is_written_down(tmp_path: Path) -> None:
    night = Night(tmp_path, Hub([status("id_card"), status("ups"), status("io_board", disabled=True)]))
    found = night.passes()
    assert (found["ok"], found["devices"], found["store"]) == (True, [], 0)
    assert [(record.result.device, record.result.outcome) for record in night.book.records()] == [
        ("id_card", CheckOutcome.PASSED),
        ("ups", CheckOutcome.PASSED),
        ("residue", CheckOutcome.PASSED),
    ]
    assert [(line.event, line.code) for line in night.lines][-1] == ("self_test.ended", "ok")


@pytest.mark.usefixtures("caplog")
def test_a_device_that_fails_or_does_not_answer_is_named_and_the_others_are_tested_all_the_same(tmp_path: Path) -> None:
    hub = Hub([status("id_card"), status("ups"), status("code_scanner")], broken=("id_card",), mad=("ups",))
    night = Night(tmp_path, hub)
    found = night.passes()
    assert (found["ok"], found["devices"]) == (False, ["id_card", "ups"])
    assert len(night.book.records()) == 4
    assert [(line.event, line.code) for line in night.lines][-1] == ("self_test.ended", "failed")


def test_a_store_that_does_not_read_back_is_a_failure(tmp_path: Path) -> None:
    assert Night(tmp_path, Hub([]), lambda: VerifyReport(3, ("x: hash", "y: hash"))).passes()["store"] == 2

    def broken() -> VerifyReport:
        raise StoreIoError("x")

    assert Night(tmp_path, Hub([]), broken).passes()["ok"] is False


@pytest.mark.parametrize(
    ("residue", "good", "outcome"), [(False, False, CheckOutcome.FAILED), (None, True, CheckOutcome.SKIPPED)]
)
def test_something_left_by_visits_is_a_failure_and_not_knowing_is_none(
    tmp_path: Path, residue: bool | None, good: bool, outcome: CheckOutcome
) -> None:
    night = Night(tmp_path, Hub([]), residue=residue)
    found = night.passes()
    assert (found["ok"], found["residue"]) == (good, residue)
    assert [(record.result.device, record.result.outcome) for record in night.book.records()] == [("residue", outcome)]


def test_what_is_no_record_of_a_self_test_is_none() -> None:
    assert last_self_test(None) is None
    assert last_self_test("[1]") is None
    assert last_self_test(json.dumps({"at": "x"})) == {"at": "x"}


PLACE = Place("YP0301", "nanan", {"en": "x"}, {"en": "x"}, "12345", {"en": "x"})
NOBODY = FlowState(world=World(place=PLACE), now=AT, mono=0.0)


def itself(state: FlowState, *devices: DeviceStatus) -> Itself:
    nothing = SimpleNamespace()
    return Itself(
        state=lambda: state,
        hub=cast("DeviceHub", Hub(list(devices))),
        offset=lambda: None,
        self_test=cast("SelfTest", nothing),
        workshop=cast("ThreadPoolExecutor", nothing),
        refresh=lambda: None,
        quit=lambda code: None,
        events=EventLog(None),
    )


def test_nobody_is_there_on_the_attract_page_with_idle_devices_alone() -> None:
    assert itself(NOBODY, status("ups")).quiet()
    assert itself(replace(NOBODY, step="out_of_service")).quiet()
    for somebody in (
        itself(replace(NOBODY, step="home")),
        itself(replace(NOBODY, step="staff")),
        itself(replace(NOBODY, overlay="help")),
        itself(replace(NOBODY, world=replace(NOBODY.world, near=True))),
        itself(replace(NOBODY, world=replace(NOBODY.world, door_open=True))),
        itself(NOBODY, status("receipt_printer", Health.DEVICE_BUSY)),
    ):
        assert not somebody.quiet()


def test_a_terminal_on_the_out_of_service_page_has_failed() -> None:
    assert itself(replace(NOBODY, step="out_of_service")).failed()
    assert not itself(NOBODY).failed()


def test_a_technician_reads_key_errands_reasons_last_test_and_what_is_wrong_with_sending(tmp_path: Path) -> None:
    night = Night(tmp_path, Hub([status("ups")], broken=("ups",)))
    night.passes()
    store, link = night.store, LinkWords()
    got(store.commit((submission(1),)))
    got(store.record(submission(1).case_id, Park("form:unknown-version")))
    got(store.add_errand(Errand(ErrandKind.RELEASE, "0123456789ABCDEF", b"token")))
    link.note(central.SyncPaused(True, "401"))
    link.note(central.GatewaySuspicious(True))
    notes = dict(staff_notes(store, link, got(store.outbox())))
    assert notes["staff.errands"] == "1"
    assert notes["staff.why_parked"] == "unknown-version"
    assert notes["staff.last_test"].endswith("!")
    assert {"staff.key", "staff.paused", "staff.suspicious"} <= notes.keys()
    link.note(central.SyncPaused(False, ""))
    link.note(central.GatewaySuspicious(False))
    assert not {"staff.paused", "staff.suspicious"} & dict(staff_notes(store, link, got(store.outbox()))).keys()
