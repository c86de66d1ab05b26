"""Envelopes: the centre alone opens them, slots are used again, and a lost database is sent from them as they are."""

from __future__ import annotations

import errno
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.domain.errors import SecondCopy, StoreError, UnsentCases
from kiosk.ports.storage import KV_SEALING_KEYS, CaseState, CommitFault, Ended, Errand, ErrandKind, Park
from offline_cache import FileKeySource, SqliteStore, open_store, slots, wipe_state
from offline_cache.envelopes import Envelopes, stored_ids
from offline_cache.sealed import look, open_own, own_key, seal_own
from offline_cache.slots import SLOT_BYTES, SlotState, read_all
from tests.contracts.samples import (
    START,
    HandClock,
    answer,
    case_id,
    got,
    photograph,
    sealing_keys,
    submission,
    unsealed,
)

KEYS, PRIVATE = sealing_keys()

pytestmark = pytest.mark.usefixtures("caplog")


def opened(state_dir: Path, keys: str | None = KEYS) -> SqliteStore:
    store = open_store(
        state_dir,
        clock=HandClock(),
        keys=FileKeySource(state_dir / "key", demo=True),
        floor_bytes=0,
        ballast_bytes=0,
    )
    if keys is not None:
        got(store.put(KV_SEALING_KEYS, keys))
    return store


def whole(state_dir: Path) -> list[slots.Slot]:
    return [slot for slot in read_all(state_dir / "envelopes") if slot.state is SlotState.WHOLE]


def lost_database(state_dir: Path) -> None:
    for path in state_dir.glob("store.db*"):
        path.unlink()


def test_once_a_centre_is_known_the_terminal_cannot_read_its_own_envelopes(tmp_path: Path) -> None:
    item = replace(submission(1), files=(photograph(),))
    store = opened(tmp_path, keys=None)
    got(store.commit((item,)))
    assert any("no key of the centre" in note for note in store.health().degraded)
    envelope = whole(tmp_path)[0].payload
    assert open_own(own_key((tmp_path / "key").read_bytes()), envelope) == item
    got(store.put(KV_SEALING_KEYS, KEYS))
    store.close()
    (slot,) = whole(tmp_path)
    seen = look(slot.payload)
    assert seen is not None
    assert seen.head is not None
    assert unsealed(slot.payload, PRIVATE) == {
        "body": item.body,
        "files": [{"sha256": photograph().sha256, "media_type": "image/jpeg", "data": photograph().data}],
    }
    with pytest.raises((ValueError, LookupError)):
        open_own(own_key((tmp_path / "key").read_bytes()), slot.payload)


def test_a_case_left_only_as_an_envelope_is_queued_as_it_is_until_the_centre_has_it(tmp_path: Path) -> None:
    store = opened(tmp_path)
    got(store.commit((submission(1), submission(2, parent=case_id(1)))))
    store.close()
    before = {slot.payload for slot in whole(tmp_path)}
    for _ in range(2):  # and once more: a second loss changes nothing
        lost_database(tmp_path)
        store = opened(tmp_path, keys=None)
        entries = got(store.due(START, 10))
        assert [(entry.case_id, entry.sealed, entry.unconfirmed) for entry in entries] == [
            (case_id(1), True, True),
            (case_id(2), True, True),
        ]
        assert {entry.body for entry in entries} == before
        assert [entry.sha256 for entry in entries] == [submission(1).sha256, submission(2).sha256]
        assert got(store.body(case_id(1))) is None
        assert got(store.verify()).ok
        store.close()
    store = opened(tmp_path)
    rows = got(store.cases())
    assert [(row.parent, row.item, row.unconfirmed) for row in rows] == [
        (None, submission(1).item_id, True),
        (case_id(1), submission(1).item_id, True),
    ]
    assert got(store.commit((submission(1),))).ok, "the same case again is still the same case"
    got(store.mark_sending((case_id(1),)))
    got(store.record(case_id(1), Park("why")))
    assert got(store.retry_parked(case_id(1)))
    row = got(store.record(case_id(1), Ended(answer(submission(1)))))
    assert row is not None
    assert row.state is CaseState.ACCEPTED
    assert stored_ids(tmp_path / "envelopes") == (case_id(2),)
    got(store.confirmed((), (case_id(1),), START))
    assert [entry.sealed for entry in got(store.due(START, 10))] == [True, True]
    store.close()


def test_a_slot_is_used_again_and_a_large_envelope_gets_a_file_of_its_own(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store._worker.submit(store._rest).result()  # the slots are laid down
    files = len(list((tmp_path / "envelopes").iterdir()))
    for number in range(1, 100):
        got(store.commit((submission(number),)))
        got(store.record(case_id(number), Ended(answer(submission(number)))))
    assert len(list((tmp_path / "envelopes").iterdir())) == files
    large = replace(submission(200), files=(photograph(size=4 * SLOT_BYTES),))
    got(store.commit((large,)))
    assert sorted(path.stat().st_size for path in (tmp_path / "envelopes").iterdir())[-1] > 4 * SLOT_BYTES
    got(store.record(case_id(200), Ended(answer(large))))
    assert {path.stat().st_size for path in (tmp_path / "envelopes").iterdir()} == {SLOT_BYTES}
    assert stored_ids(tmp_path / "envelopes") == ()
    store.close()


def test_when_nothing_goes_on_as_many_slots_lie_ready_as_at_first(tmp_path: Path) -> None:
    envelopes = Envelopes(tmp_path, None)
    envelopes.rest()
    ready = len(list(tmp_path.iterdir()))
    items = [submission(number) for number in range(ready + 9)]
    for item in items:
        envelopes.write((item,))
        envelopes.tend()
    envelopes.remove(item.case_id for item in items)
    assert len(list(tmp_path.iterdir())) > ready
    envelopes.rest()
    assert len(list(tmp_path.iterdir())) == ready
    envelopes.close()


def test_an_envelope_in_a_file_of_its_own_is_not_believed_where_nothing_can_be_renamed_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As ext4 for a moment when it turns read-only: each fsync says that all is well."""
    store = opened(tmp_path)
    large = replace(submission(200), files=(photograph(size=4 * SLOT_BYTES),))

    def refused(path: Path, target: Path) -> Path:
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as disk:
        disk.setattr(Path, "rename", refused)
        assert got(store.commit((large,))).reason is CommitFault.READ_ONLY
    assert whole(tmp_path) == []
    store.close()


def test_a_case_is_durable_as_an_envelope_before_the_answer_and_its_row_comes_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened(tmp_path)
    done: list[str] = []
    asked_for = threading.Event()
    store._worker.submit(asked_for.wait)
    monkeypatch.setattr("offline_cache.slots.os.fdatasync", lambda handle: done.append("flush"))
    store._after = done.append
    told = store.commit((submission(1), submission(2)))
    told.add_done_callback(lambda _: done.append("told"))
    asked = store.case(case_id(1))
    asked_for.set()
    assert got(told).ok
    assert got(asked) is not None, "whoever asks afterwards is told of the row"
    assert done == ["flush", "envelopes", "told", "rows", "commit"]
    monkeypatch.undo()
    store.close()


def test_the_photographs_of_a_case_come_back_with_its_envelope(tmp_path: Path) -> None:
    item = replace(submission(1), files=(photograph(1), photograph(2, 100_000)))
    store = opened(tmp_path, keys=None)
    got(store.commit((item,)))
    store.close()
    lost_database(tmp_path)
    store = opened(tmp_path, keys=None)
    assert [got(store.file(file.sha256)) for file in item.files] == list(item.files)
    store.close()


def test_a_torn_slot_is_told_apart_and_used_again_and_a_damaged_one_is_kept(tmp_path: Path) -> None:
    store = opened(tmp_path)
    got(store.commit((submission(1),)))
    store.close()
    folder = tmp_path / "envelopes"
    free = [slot.path for slot in read_all(folder) if slot.state is SlotState.FREE]
    # Written later than all others, and the power went; and one that had been whole once.
    torn, damaged = bytearray(slots.record(b"x" * 9000, 99)), bytearray(slots.record(b"x" * 9000, 1))
    torn[4096:] = bytes(len(torn) - 4096)
    damaged[5000] ^= 1
    for path, data in zip(free, (torn, damaged), strict=False):
        path.write_bytes(data.ljust(SLOT_BYTES, b"\0"))
    names = [path.name for path in free[:2]]
    store = opened(tmp_path)
    assert [row.case_id for row in got(store.cases())] == [case_id(1)]
    assert slots.read(folder / names[0]).state is SlotState.FREE
    assert (tmp_path / "quarantine" / "envelopes" / names[1]).exists()
    assert not (folder / names[1]).exists()
    store.close()


def test_a_visit_whose_exchange_was_cut_off_keeps_what_is_not_exchanged_yet(tmp_path: Path) -> None:
    store = opened(tmp_path, keys=None)
    got(store.commit((submission(1), submission(2))))
    (together,) = whole(tmp_path)
    together.path.rename(tmp_path / "zz.env")
    got(store.put(KV_SEALING_KEYS, KEYS))
    store.close()
    first, second = sorted(whole(tmp_path), key=lambda slot: slot.order)
    second.path.unlink()
    (tmp_path / "zz.env").rename(first.path.with_name("zz.env"))  # read after the one that was exchanged
    lost_database(tmp_path)
    store = opened(tmp_path)
    assert {row.case_id for row in got(store.cases())} == {case_id(1), case_id(2)}
    assert got(store.verify()).ok
    store.close()


def test_of_two_envelopes_of_one_case_the_one_to_the_centre_stays(tmp_path: Path) -> None:
    store = opened(tmp_path, keys=None)
    got(store.commit((submission(1),)))
    own = whole(tmp_path)[0].path.read_bytes()
    got(store.put(KV_SEALING_KEYS, KEYS))
    store.close()
    # The power went between the new envelope and the end of the old one.
    (tmp_path / "envelopes" / "zz.env").write_bytes(own)
    store = opened(tmp_path)
    store.close()
    (slot,) = whole(tmp_path)
    assert unsealed(slot.payload, PRIVATE)["body"] == submission(1).body


@pytest.mark.parametrize("no_row", [False, True], ids=["row", "no row"])
def test_of_two_envelopes_of_one_id_with_other_bytes_the_one_of_the_row_or_the_later_one_stays(
    tmp_path: Path, no_row: bool
) -> None:
    store = opened(tmp_path, keys=None)
    got(store.commit((submission(1),)))
    store.close()
    # A commit that failed, and its envelope would not go; the next one came through.
    other = seal_own(own_key((tmp_path / "key").read_bytes()), submission(1, "other"))
    (tmp_path / "envelopes" / "00.env").write_bytes(slots.record(other, 0))
    if no_row:
        lost_database(tmp_path)
    store = opened(tmp_path)
    assert got(store.body(case_id(1))) == submission(1).body
    store.close()
    (slot,) = whole(tmp_path)
    assert unsealed(slot.payload, PRIVATE)["body"] == submission(1).body


def test_names_of_envelope_files_mean_nothing(tmp_path: Path) -> None:
    store = opened(tmp_path)
    got(store.commit((submission(1), submission(2))))
    store.close()
    for number, slot in enumerate(whole(tmp_path)):
        slot.path.rename(tmp_path / "envelopes" / f"{9 - number}.env")
    lost_database(tmp_path)
    store = opened(tmp_path)
    assert [row.case_id for row in got(store.cases())] == [case_id(1), case_id(2)]
    store.close()


def wiped(state_dir: Path, exported: Path | None = None) -> None:
    keys = FileKeySource(state_dir / "key", demo=True)
    wipe_state(state_dir, keys=keys, clock=HandClock(), exported=exported)


def test_a_terminal_is_wiped_only_when_nothing_is_unsent(tmp_path: Path) -> None:
    state = tmp_path / "state"
    wiped(state)
    store = opened(state)
    got(store.commit((submission(1),)))
    with pytest.raises(SecondCopy):
        wiped(state)
    store.close()
    with pytest.raises(UnsentCases):
        wiped(state)
    store = opened(state)
    got(store.record(case_id(1), Ended(answer(submission(1)))))
    store.close()
    wiped(state)
    assert {path.name for path in state.iterdir()} == {"key", "lock"}
    store = opened(state)
    assert got(store.cases()) == ()
    store.close()


def test_a_terminal_is_wiped_with_an_export_that_proves_to_hold_everything(tmp_path: Path) -> None:
    state = tmp_path / "state"
    store = opened(state)
    got(store.commit((submission(1),)))
    got(store.export_unsent(tmp_path / "early.zip"))
    got(store.commit((submission(2),)))
    got(store.add_errand(Errand(ErrandKind.PARK, "P1", b"work")))
    got(store.export_unsent(tmp_path / "all.zip"))
    store.close()
    raw = bytearray((tmp_path / "all.zip").read_bytes())
    raw[raw.index(b"sealed") + 40] ^= 1
    (tmp_path / "bad.zip").write_bytes(raw)
    (tmp_path / "none.zip").write_bytes(b"")
    for name in ("early", "bad", "none"):
        with pytest.raises(StoreError):
            wiped(state, tmp_path / f"{name}.zip")
    store = opened(state)
    assert len(got(store.due(START, 10))) == 2
    store.close()
    wiped(state, tmp_path / "all.zip")
    assert not (state / "store.db").exists()


def test_what_nobody_here_can_read_is_not_wiped_either(tmp_path: Path) -> None:
    state = tmp_path / "state"
    store = opened(state)
    got(store.export_unsent(tmp_path / "before.zip"))
    store.close()
    shutil.copytree(state / "envelopes", state / "quarantine" / "envelopes")
    with pytest.raises(UnsentCases):
        wiped(state, tmp_path / "before.zip")
    store = opened(state)
    got(store.export_unsent(tmp_path / "after.zip"))
    store.close()
    wiped(state, tmp_path / "after.zip")
