"""The disk fills, fails or turns read-only: nothing is ever called saved that is not."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import apsw
import pytest

from kiosk.domain.errors import DiskFull, StoreError, StoreIoError, StoreLibraryTooOld
from kiosk.ports.storage import CaseState, CommitFault, Ended, Retention, SweepReport
from offline_cache import FileKeySource, SqliteStore, open_store, open_view, slots
from offline_cache.connection import assert_library, fault_of, quick_check, sqlite_version
from offline_cache.envelopes import stored_ids
from offline_cache.slots import SlotState, read_all
from tests.contracts.samples import START, HandClock, answer, at_rest, case_id, got, photograph, submission
from tests.offline_cache.faulty_disk import FaultyDisk, Room, faulty_disk

T = TypeVar("T")

# A fault is logged; that is meant here.
pytestmark = pytest.mark.usefixtures("caplog")


@pytest.fixture
def disk() -> Iterator[FaultyDisk]:
    with faulty_disk() as made:
        yield made


def opened(state_dir: Path, disk: FaultyDisk | None = None, room: Room | None = None, floor: int = 0) -> SqliteStore:
    return open_store(
        state_dir,
        clock=HandClock(),
        keys=FileKeySource(state_dir / "key", demo=True),
        floor_bytes=floor,
        ballast_bytes=1 << 16,
        free=room or Room(),
        vfs=None if disk is None else disk.name,
    )


@pytest.mark.parametrize(
    ("error", "reason", "for_good"),
    [
        (apsw.FullError, CommitFault.DISK_FULL, False),
        (apsw.ReadOnlyError, CommitFault.READ_ONLY, False),
        (apsw.IOError, CommitFault.IO, True),
    ],
)
@pytest.mark.parametrize("on_sync", [False, True], ids=["write", "sync"])
def test_a_row_the_disk_refuses_is_owed_to_who_was_told_and_nothing_new_is_taken_in(
    tmp_path: Path, disk: FaultyDisk, error: type[apsw.Error], reason: CommitFault, for_good: bool, on_sync: bool
) -> None:
    store = opened(tmp_path, disk)
    assert got(store.commit((submission(1),))).ok
    at_rest(store)
    disk.on_write, disk.on_sync, disk.fault = not on_sync, on_sync, error
    assert got(store.commit((submission(2),))).ok, "it lies in its envelope"
    refused = got(store.commit((submission(3),)))
    assert (refused.ok, refused.reason) == (False, reason)
    assert stored_ids(tmp_path / "envelopes") == (case_id(1), case_id(2))
    assert not store.space().intake_open
    assert store.space().closed_because == reason.value
    disk.fault = None
    store._worker.submit(store._rest).result()
    # After an I/O error a later fsync may lie, so only a new start opens intake again.
    assert [row.case_id for row in got(store.cases())] == [case_id(1), *[case_id(2)] * (not for_good)]
    assert got(store.commit((submission(3),))).ok is not for_good
    at_rest(store)
    assert store.space().intake_open is not for_good
    store.close()

    store = opened(tmp_path, disk)
    told = [(case_id(1), False), (case_id(2), True)] if for_good else [(case_id(n), False) for n in (1, 2, 3)]
    assert [(row.case_id, row.unconfirmed) for row in got(store.cases())] == told
    assert got(store.verify()).ok
    store.close()


def test_what_is_owed_takes_the_ballast_when_nothing_goes_on_and_at_a_start(tmp_path: Path, disk: FaultyDisk) -> None:
    def full(place: str) -> None:
        if (tmp_path / "ballast").exists():
            raise apsw.FullError("made to fail")

    store = opened(tmp_path, disk)
    disk.hit = full  # type: ignore[method-assign]
    assert got(store.commit((submission(1),))).ok
    assert got(store.cases()) == ()
    store._worker.submit(store._rest).result()
    assert [row.case_id for row in got(store.cases())] == [case_id(1)]
    assert got(store.commit((submission(2),))).ok, "the ballast is laid down again, and the disk is as full"
    store.close()
    store = opened(tmp_path, disk)
    assert [(row.case_id, row.unconfirmed) for row in got(store.cases())] == [(case_id(1), False), (case_id(2), True)]
    store.close()


@pytest.mark.parametrize("step", ["write", "finish"])
@pytest.mark.parametrize(
    ("number", "reason"),
    [(errno.ENOSPC, CommitFault.DISK_FULL), (errno.EROFS, CommitFault.READ_ONLY), (errno.EIO, CommitFault.IO)],
)
def test_an_envelope_that_cannot_be_written_stops_the_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int, reason: CommitFault
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    store = opened(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(slots, step, refused)
        result = got(store.commit((submission(1), submission(2))))
    assert (result.ok, result.reason) == (False, reason)
    assert got(store.cases()) == ()
    assert stored_ids(tmp_path / "envelopes") == ()
    store.close()
    store = opened(tmp_path)
    assert got(store.cases()) == ()
    store.close()


def test_an_envelope_that_will_not_go_after_a_failed_commit_goes_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "read-only")

    store = opened(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(slots, "finish", refused)
        patch.setattr(slots, "clear", refused)
        assert got(store.commit((submission(1),))).reason is CommitFault.READ_ONLY
    assert stored_ids(tmp_path / "envelopes") == (case_id(1),)
    assert got(store.due(START, 10)) == (), "this program does not send it"
    assert got(store.commit((submission(1, "other"),))).ok, "and another of its name is the one that counts"
    at_rest(store)
    shutil.copytree(tmp_path, tmp_path / "cut", ignore=shutil.ignore_patterns("cut", "*.db*", "lock"))
    store._worker.submit(store._rest).result()
    store.close()
    assert len([slot for slot in read_all(tmp_path / "envelopes") if slot.state is SlotState.WHOLE]) == 1
    again = opened(tmp_path / "cut")
    assert got(again.body(case_id(1))) == submission(1, "other").body
    again.close()


def test_an_envelope_that_cannot_be_read_today_keeps_the_store_shut_and_is_left_where_it_lies(tmp_path: Path) -> None:
    store = opened(tmp_path)
    assert got(store.commit((submission(),))).ok
    store.close()
    unread = tmp_path / "envelopes" / "0000.env"
    unread.mkdir()  # reading it fails, whoever asks
    with pytest.raises(StoreIoError):
        opened(tmp_path)
    assert unread.exists()
    unread.rmdir()
    again = opened(tmp_path)
    assert [row.case_id for row in got(again.cases())] == [case_id(1)]
    assert not again.health().recovered
    again.close()


@pytest.mark.parametrize(
    ("said", "whole"),
    [
        ("ok", True),
        ("Tree 5 page 9: unable to get the page. error code=522", False),  # a short read: the file was cut
        ("Tree 5 page 9: btreeInitPage() returns error code 11", False),
        ("Tree 5 page 9: unable to get the page. error code=266", None),
        ("Tree 5 page 9: unable to get the page. error code=10", None),
    ],
)
def test_a_page_that_cannot_be_read_is_no_damage(said: str, whole: bool | None) -> None:
    class Checked(apsw.Connection):
        def pragma(self, name: str, value: object = None, *, schema: str | None = None) -> object:
            return said

    with contextlib.closing(Checked(":memory:")) as connection:
        if whole is None:
            with pytest.raises(StoreIoError):
                quick_check(connection, 1.0)
        else:
            assert quick_check(connection, 1.0) is whole


def test_on_a_full_disk_the_ballast_lets_an_answer_be_recorded(tmp_path: Path, disk: FaultyDisk) -> None:
    store = opened(tmp_path, disk)
    item = submission(1)
    got(store.commit((item,)))
    at_rest(store)
    assert (tmp_path / "ballast").stat().st_size == 1 << 16

    class FullUntilBallastGoes(apsw.FullError):
        pass

    real_hit = disk.hit
    disk.hit = lambda place: real_hit(place) if (tmp_path / "ballast").exists() else None  # type: ignore[method-assign]
    disk.fault = FullUntilBallastGoes
    row = got(store.record(item.case_id, Ended(answer(item))))
    assert row is not None
    assert row.state is CaseState.ACCEPTED
    disk.fault = apsw.FullError
    disk.hit = real_hit  # type: ignore[method-assign]
    with pytest.raises(DiskFull):
        got(store.put("a", "b"))
    disk.fault = None
    store.close()


def test_intake_closes_before_the_disk_is_full_while_recording_goes_on(tmp_path: Path) -> None:
    room = Room(free=300 << 20)
    store = opened(tmp_path, room=room, floor=200 << 20)
    assert store.space().intake_open
    item = submission(1)
    got(store.commit((item,)))
    room.free = (200 << 20) - 1
    space = store.space()
    assert (space.intake_open, space.closed_because, space.free_bytes) == (False, "disk_floor", room.free)
    assert got(store.record(item.case_id, Ended(answer(item)))) is not None
    # A resident who is already at the end of the form is still served: the floor is there for that.
    assert got(store.commit((submission(2),))).ok
    room.free = 200 << 20
    assert store.space().intake_open
    store.close()


def test_no_ballast_is_laid_where_it_would_take_the_room_itself(tmp_path: Path) -> None:
    store = opened(tmp_path, room=Room(free=(200 << 20) + (1 << 16)), floor=200 << 20)
    assert not (tmp_path / "ballast").exists()
    store.close()


def test_a_library_with_the_wal_reset_bug_is_refused() -> None:
    assert_library(sqlite_version())
    assert_library("3.51.3")
    with pytest.raises(StoreLibraryTooOld):
        assert_library("3.51.2")


def test_a_bug_in_the_middle_of_a_commit_leaves_no_envelope_that_would_be_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    store = opened(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("offline_cache.cases.fresh", broken)
        with pytest.raises(ZeroDivisionError):
            got(store.commit((submission(1),)))
    at_rest(store)
    assert stored_ids(tmp_path / "envelopes") == ()
    assert got(store.commit((submission(1),))).ok
    store.close()


def test_a_bug_is_no_disk_fault() -> None:
    assert fault_of(KeyError("x")) is None
    assert fault_of(apsw.ConstraintError("x")) is None


def test_a_state_folder_that_cannot_be_made_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError):
        opened(tmp_path / "file" / "state")


def test_a_reader_that_stays_costs_drafts_and_then_intake_but_never_the_disk(tmp_path: Path) -> None:
    store = opened(tmp_path)
    log = tmp_path / "store.db-wal"
    view = open_view(tmp_path, keys=FileKeySource(tmp_path / "key", demo=True)) or pytest.fail("no view")
    view._connection.execute("BEGIN")
    assert view.cases() == ()
    saved = [store.save_draft(os.urandom(1 << 20)).exception(20) for _ in range(12)]
    assert [type(error) for error in saved[-2:]] == [StoreError, StoreError]
    assert store.space().intake_open
    number = 0
    while store.space().intake_open:
        number += 1
        got(store.commit((replace(submission(number), files=(photograph(number, 1 << 20),)),)))
    assert (store.space().intake_open, store.space().closed_because) == (False, "disk_full")
    assert got(store.record(case_id(1), Ended(answer(submission(1))))) is not None
    assert log.stat().st_size < 16 << 20
    view.close()
    store._worker.submit(store._rest).result()
    assert store.space().intake_open
    assert got(store.verify()).ok
    store.close()


def test_the_log_is_emptied_and_laid_down_when_nothing_goes_on(tmp_path: Path) -> None:
    store = opened(tmp_path)
    got(store.commit((submission(1),)))
    store._worker.submit(store._rest).result()
    assert not any((tmp_path / "store.db-wal").read_bytes())
    got(store.commit((submission(2),)))
    at_rest(store)
    copy = tmp_path / "copy"
    shutil.copytree(tmp_path, copy, ignore=shutil.ignore_patterns("copy", "*-shm", "lock"))
    store.close()
    store = opened(copy)
    assert [row.unconfirmed for row in got(store.cases())] == [False, False]
    store.close()


def test_large_cases_are_swept_one_by_one(tmp_path: Path) -> None:
    store = opened(tmp_path)
    for number in range(1, 5):
        item = replace(submission(number), files=(photograph(number, 5 << 20),))
        got(store.commit((item,)))
        got(store.record(item.case_id, Ended(answer(item))))
    got(store.confirmed(tuple(case_id(n) for n in range(1, 5)), (), START))
    sizes: list[int] = []
    real = store._wrote

    def watched(action: Callable[[apsw.Connection], T]) -> T:
        value = real(action)
        sizes.append((tmp_path / "store.db-wal").stat().st_size)
        return value

    store._wrote = watched  # type: ignore[method-assign]
    assert got(store.sweep(START + timedelta(days=4), Retention())) == SweepReport(bodies=4, files=4)
    assert max(sizes) < 16 << 20
    store.close()
