"""Errands lie beside the database like cases: parked work that was called saved outlives what holds it."""

from __future__ import annotations

import errno
import shutil
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from kiosk.ports.storage import CommitFault, Errand, ErrandKind
from offline_cache import FileKeySource, NoKeySource, SqliteStore, open_store, slots
from offline_cache.connection import connect
from offline_cache.envelopes import stored_ids
from offline_cache.keys import KeySource
from offline_cache.sealed import seal_errand
from offline_cache.slots import SlotState, read_all
from tests.contracts.samples import START, HandClock, at_rest, case_id, got, submission

PARK = Errand(ErrandKind.PARK, "0123456789ABCDEF", b"sealed to the centre")
RELEASE = Errand(ErrandKind.RELEASE, "0123456789ABCDEF", b"TOKEN-TOKEN-TOKEN")

# Damage and what was swept are logged; that is meant here.
pytestmark = pytest.mark.usefixtures("caplog")


def opened(state_dir: Path, keys: KeySource | None = None) -> SqliteStore:
    return open_store(
        state_dir,
        clock=HandClock(),
        keys=keys or FileKeySource(state_dir / "key", demo=True),
        floor_bytes=0,
        ballast_bytes=0,
    )


def filled(state_dir: Path, keys: KeySource | None = None) -> None:
    store = opened(state_dir, keys)
    for errand in (PARK, RELEASE):
        assert got(store.add_errand(errand)).ok
    store.close()


def waiting(store: SqliteStore) -> set[Errand]:
    due = got(store.errands_due(START, 10))
    return set(due)


def slot_of(state_dir: Path, name: str) -> Path:
    for slot in read_all(state_dir / "envelopes"):
        if slot.state is SlotState.WHOLE and name.encode() in slot.payload:
            return slot.path
    pytest.fail("no such envelope")


@pytest.mark.parametrize("damage", ["zeroed", "lost", "log"])
def test_errands_come_back_from_their_envelopes(tmp_path: Path, damage: str) -> None:
    live = opened(tmp_path / "live")
    got(live.commit((submission(1),)))
    if damage == "log":
        live._worker.submit(lambda: live._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)).result()
    for errand in (PARK, RELEASE):
        assert got(live.add_errand(errand)).ok
    at_rest(live)
    left = tmp_path / "left"
    shutil.copytree(tmp_path / "live", left, ignore=shutil.ignore_patterns("*-shm", "lock"))
    live.close()
    if damage == "log":
        wal = bytearray((left / "store.db-wal").read_bytes())
        wal[100] ^= 1  # SQLite drops its end, and says nothing
        (left / "store.db-wal").write_bytes(wal)
    else:
        for path in left.glob("store.db*"):
            path.unlink()
        if damage == "zeroed":
            (left / "store.db").write_bytes(bytes(8192))
    store = opened(left)
    assert waiting(store) == {PARK, RELEASE}
    assert [row.case_id for row in got(store.cases())] == [case_id(1)]
    assert store.recovered is (damage != "log")
    assert got(store.verify()).ok
    store.close()


def test_an_errand_that_is_done_leaves_no_envelope_and_does_not_come_back(tmp_path: Path) -> None:
    filled(tmp_path)
    store = opened(tmp_path)
    assert set(stored_ids(tmp_path / "envelopes")) == {f"park:{PARK.id}", f"release:{PARK.id}"}
    got(store.errand_done(PARK.kind, PARK.id))
    assert stored_ids(tmp_path / "envelopes") == (f"release:{PARK.id}",)
    store.close()
    (tmp_path / "store.db").unlink()
    store = opened(tmp_path)
    assert waiting(store) == {RELEASE}
    store.close()


def test_an_errand_is_not_saved_when_its_envelope_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(handle: int, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "full")

    store = opened(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(slots, "write", refused)
        assert got(store.add_errand(PARK)).reason is CommitFault.DISK_FULL
    assert waiting(store) == set()
    assert got(store.add_errand(PARK)).ok
    assert got(store.add_errand(replace(PARK, body=b"other"))).reason is CommitFault.CONFLICT
    assert waiting(store) == {PARK}
    store.close()


def test_a_missing_or_damaged_envelope_of_an_errand_is_written_again(tmp_path: Path) -> None:
    filled(tmp_path)
    whole = slot_of(tmp_path, "park")
    raw = bytearray(whole.read_bytes())
    raw[80] ^= 1
    whole.write_bytes(raw)
    store = opened(tmp_path)
    assert set(stored_ids(tmp_path / "envelopes")) == {f"park:{PARK.id}", f"release:{PARK.id}"}
    assert (tmp_path / "quarantine" / "envelopes" / whole.name).read_bytes() == raw
    assert waiting(store) == {PARK, RELEASE}
    assert got(store.verify()).ok
    store.close()


def test_bytes_of_an_errand_that_changed_in_the_database_are_taken_from_its_envelope(tmp_path: Path) -> None:
    filled(tmp_path, NoKeySource())
    connection = connect(tmp_path / "store.db", None)
    connection.execute("UPDATE errands SET body = x'00' WHERE kind = 'park'")
    connection.close()
    store = opened(tmp_path, NoKeySource())
    assert waiting(store) == {PARK, RELEASE}
    store.close()


def test_of_two_envelopes_of_an_errand_the_one_of_the_row_stays_and_without_a_row_the_later_one(tmp_path: Path) -> None:
    filled(tmp_path)
    # A commit that failed, and its envelope would not go; the next one came through.
    other = seal_errand(None, replace(PARK, body=b"other"))
    (tmp_path / "envelopes" / "00.env").write_bytes(slots.record(other, 0))
    shutil.copytree(tmp_path, tmp_path / "lost", ignore=shutil.ignore_patterns("lost", "*.db*", "lock"))
    for place in (tmp_path, tmp_path / "lost"):
        store = opened(place)
        assert waiting(store) == {PARK, RELEASE}
        store.close()


def test_a_release_token_lies_readable_nowhere(tmp_path: Path) -> None:
    store = opened(tmp_path)
    got(store.add_errand(RELEASE))
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert RELEASE.body not in path.read_bytes(), path.name
    store.close()
