"""A damaged, lost or foreign database is put aside and rebuilt; no unsent case goes missing."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import apsw
import pytest

from kiosk.domain.errors import SecondCopy, StoreKeyError, StoreTooNew
from kiosk.ports.storage import KV_SEALING_KEYS, CaseState, Ended, Errand, ErrandKind, Park
from offline_cache import (
    CredentialKeySource,
    FileKeySource,
    NoKeySource,
    SqliteStore,
    find_key_source,
    open_store,
    open_view,
)
from offline_cache.connection import connect, migrate, migrations
from offline_cache.envelopes import stored_ids
from offline_cache.keys import KeySource
from offline_cache.layout import read_identity
from offline_cache.rebuild import quarantine
from offline_cache.sealed import look
from offline_cache.slots import SlotState, read_all
from tests.contracts.samples import HandClock, answer, at_rest, case_id, got, sealing_keys, submission

# Damage and what was swept are logged; that is meant here.
pytestmark = pytest.mark.usefixtures("caplog")

ERRAND = Errand(ErrandKind.PARK, "0123456789ABCDEF", b"sealed")


def opened(state_dir: Path, keys: KeySource | None = None) -> SqliteStore:
    return open_store(
        state_dir,
        clock=HandClock(),
        keys=keys or FileKeySource(state_dir / "key", demo=True),
        floor_bytes=0,
        ballast_bytes=0,
    )


def filled(state_dir: Path, keys: KeySource | None = None) -> None:
    """Six cases: two accepted, one parked, three waiting; a package, a PIN and a rating token."""
    store = opened(state_dir, keys)
    items = tuple(submission(n, "林秋禾" * 800) for n in range(1, 7))
    for item in items:
        got(store.commit((item,)))
    for item in items[:2]:
        got(store.record(item.case_id, Ended(answer(item))))
    got(store.record(case_id(3), Park("why")))
    got(store.put("staff.pin", "hash"))
    got(store.add_rating_tokens(("token",)))
    store.close()


def envelope_of(state_dir: Path, wanted: str) -> Path:
    """The file that holds this case, found by what it says."""
    for slot in read_all(state_dir / "envelopes"):
        envelope = look(slot.payload) if slot.state is SlotState.WHOLE else None
        if envelope is not None and envelope.name == wanted:
            return slot.path
    pytest.fail("no such envelope")


def check_unsent(state_dir: Path, keys: KeySource | None = None) -> SqliteStore:
    store = opened(state_dir, keys)
    rows = {row.case_id: row for row in got(store.cases())}
    for number in (3, 4, 5, 6):
        assert rows[case_id(number)].sha256 == submission(number, "林秋禾" * 800).sha256
    assert got(store.verify()).ok
    return store


def test_a_destroyed_header_is_quarantined_and_the_unsent_cases_come_back_from_their_envelopes(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / "store.db").write_bytes(b"\0" * 8192)
    store = check_unsent(tmp_path)
    health = store.health()
    assert (store.recovered, health.recovered_cases) == (True, 4)
    assert all(row.unconfirmed for row in got(store.cases()))
    assert len(list((tmp_path / "quarantine").glob("*/store.db"))) == 1
    store.close()
    store = check_unsent(tmp_path)
    assert not store.recovered
    store.close()


def test_a_lost_database_is_rebuilt_from_envelopes(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / "store.db").unlink()
    store = check_unsent(tmp_path)
    assert store.recovered
    store.close()


@pytest.mark.parametrize("plain", [False, True], ids=["encrypted", "plain"])
def test_flipped_bytes_anywhere_lose_no_unsent_case(tmp_path: Path, plain: bool) -> None:
    keys = NoKeySource() if plain else None
    filled(tmp_path / "good", keys)
    good = (tmp_path / "good" / "store.db").read_bytes()
    dice = random.Random(7)
    for number in range(12):
        folder = tmp_path / f"run{number}"
        folder.mkdir()
        for source in (tmp_path / "good").rglob("*"):
            target = folder / source.relative_to(tmp_path / "good")
            if source.is_dir():
                target.mkdir(exist_ok=True)
            else:
                target.write_bytes(source.read_bytes())
        broken = bytearray(good)
        start = dice.randrange(len(broken))
        broken[start : start + 64] = dice.randbytes(len(broken[start : start + 64]))
        (folder / "store.db").write_bytes(broken)
        store = opened(folder, NoKeySource() if plain else None)
        rows = {row.case_id for row in got(store.cases())}
        assert {case_id(n) for n in (3, 4, 5, 6)} <= rows
        if store.recovered:
            assert got(store.verify()).ok
        store.close()


def test_a_crash_in_the_middle_of_a_rebuild_starts_it_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path)
    (tmp_path / "store.db").write_bytes(b"\0" * 8192)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("offline_cache.opening.rebuild", crash)
        with pytest.raises(KeyboardInterrupt):
            opened(tmp_path)
    # An empty, healthy database now stands beside four envelopes.
    store = check_unsent(tmp_path)
    assert store.recovered
    store.close()


def test_damage_to_the_new_database_of_a_rebuild_that_was_cut_off_does_not_hide_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path)
    monkeypatch.setattr("offline_cache.opening.quick_check", lambda *_: False)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("offline_cache.opening.rebuild", crash)
        with pytest.raises(KeyboardInterrupt):
            opened(tmp_path)
    # quick_check finds the new one damaged as well.
    store = check_unsent(tmp_path)
    assert len(list((tmp_path / "quarantine").glob("*/store.db"))) == 2
    assert got(store.case(case_id(1))) is not None, "answered, so it has no envelope"
    assert got(store.get("staff.pin")) == "hash"
    store.close()


def test_no_number_is_given_twice_however_often_the_database_is_lost(tmp_path: Path) -> None:
    seen: set[int] = set()
    for _ in range(3):
        store = opened(tmp_path)
        got(store.commit((submission(1),)))
        numbers = [got(store.next_sequence()) for _ in range(3)]
        assert seen.isdisjoint(numbers)
        seen.update(numbers)
        store.close()
        (tmp_path / "store.db").unlink()


@pytest.mark.parametrize("not_yet_moved", [[], ["store.db"]])
def test_a_crash_in_the_middle_of_a_quarantine_loses_nothing_that_can_be_read(
    tmp_path: Path, not_yet_moved: list[str]
) -> None:
    live = opened(tmp_path / "live")
    got(live.commit((submission(1),)))
    got(live.add_errand(ERRAND))
    at_rest(live)
    shutil.copytree(tmp_path / "live", tmp_path / "killed")  # all of it in the log still
    live.close()
    quarantine(tmp_path / "killed", HandClock().now())
    folder = next((tmp_path / "killed" / "quarantine").iterdir())
    for name in not_yet_moved:
        (folder / name).replace(tmp_path / "killed" / name)
    store = opened(tmp_path / "killed")
    assert got(store.errands_due(HandClock().now(), 9)) == (ERRAND,)
    store.close()


def test_what_is_still_readable_is_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path)
    monkeypatch.setattr("offline_cache.opening.quick_check", lambda *_: False)
    store = check_unsent(tmp_path)
    rows = {row.case_id: row for row in got(store.cases())}
    assert rows[case_id(1)].state is CaseState.ACCEPTED
    assert rows[case_id(1)].answer == answer(submission(1, "林秋禾" * 800))
    assert rows[case_id(3)].state is CaseState.PARKED
    assert [entry.case_id for entry in got(store.due(HandClock().now(), 10))] == [case_id(n) for n in (4, 5, 6)]
    assert got(store.get("staff.pin")) == "hash"
    assert got(store.add_rating_tokens(())) == 1
    assert not any(row.unconfirmed for row in rows.values())
    store.close()


def test_an_envelope_that_cannot_be_opened_is_kept_apart_and_reported(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / "store.db").unlink()
    path = envelope_of(tmp_path, case_id(4))
    raw = bytearray(path.read_bytes())
    raw[900] ^= 1
    path.write_bytes(raw)
    store = opened(tmp_path)
    assert {row.case_id for row in got(store.cases())} == {case_id(n) for n in (3, 5, 6)}
    assert (tmp_path / "quarantine" / "envelopes" / path.name).read_bytes() == raw
    assert "unreadable envelopes in quarantine" in store.health().degraded
    store.close()


def test_an_envelope_without_a_row_is_a_case(tmp_path: Path) -> None:
    store = opened(tmp_path)

    def crash_before_the_answer(step: str) -> None:
        if step == "envelopes":
            raise KeyboardInterrupt

    store._after = crash_before_the_answer
    with pytest.raises(KeyboardInterrupt):
        got(store.commit((submission(1), submission(2, parent=case_id(1)))))
    store.close()
    assert stored_ids(tmp_path / "envelopes") == (case_id(1), case_id(2))
    store = opened(tmp_path)
    assert [(row.case_id, row.unconfirmed) for row in got(store.cases())] == [(case_id(1), True), (case_id(2), True)]
    assert not store.recovered
    assert got(store.commit((submission(1),))).ok, "filed once more by the same visit it is the same case"
    assert got(store.verify()).ok
    store.close()


def test_a_row_lost_without_a_trace_comes_back_from_its_envelope(tmp_path: Path) -> None:
    store = opened(tmp_path)
    got(store.commit((submission(1),)))
    assert store._worker.submit(lambda: store._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE))
    got(store.commit((submission(2),)))
    at_rest(store)
    # As after `kill -9`: all that was written is there, but a bit of the log is not, so SQLite drops its end.
    left = tmp_path / "left"
    shutil.copytree(tmp_path, left, ignore=shutil.ignore_patterns("left", "*-shm", "lock"))
    store.close()
    wal = bytearray((left / "store.db-wal").read_bytes())
    wal[100] ^= 1
    (left / "store.db-wal").write_bytes(wal)
    store = opened(left)
    assert [(row.case_id, row.unconfirmed) for row in got(store.cases())] == [(case_id(1), False), (case_id(2), True)]
    assert got(store.verify()).ok
    store.close()


def test_bytes_of_an_unsent_case_that_changed_are_taken_from_its_envelope(tmp_path: Path) -> None:
    filled(tmp_path)
    connection = connect(tmp_path / "store.db", (tmp_path / "key").read_bytes())
    connection.execute("DROP TRIGGER cases_bytes_stay")
    connection.execute("UPDATE cases SET body = x'00' WHERE case_id = ?", (case_id(5),))
    connection.close()
    store = check_unsent(tmp_path)
    assert store.recovered
    assert [row.case_id for row in got(store.cases()) if row.unconfirmed] == [case_id(5)]
    store.close()


def test_a_missing_envelope_is_written_again_at_start(tmp_path: Path) -> None:
    filled(tmp_path)
    envelope_of(tmp_path, case_id(5)).unlink()
    check_unsent(tmp_path).close()
    assert case_id(5) in stored_ids(tmp_path / "envelopes")


def test_nothing_of_a_resident_lies_readable_on_the_disk(tmp_path: Path) -> None:
    store = opened(tmp_path)
    got(store.commit(tuple(submission(n, "MARKER-林秋禾") for n in range(1, 5))))
    at_rest(store)
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert b"MARKER" not in path.read_bytes(), path.name
    store.close()


def test_a_case_found_in_flight_after_a_crash_is_sent_again(tmp_path: Path) -> None:
    store = opened(tmp_path)
    got(store.commit((submission(1),)))
    got(store.mark_sending((case_id(1),)))
    assert got(store.due(HandClock().now(), 5)) == ()
    store.close()
    store = opened(tmp_path)
    assert store.health().cleared_leases == 1
    assert [entry.case_id for entry in got(store.due(HandClock().now(), 5))] == [case_id(1)]
    row = got(store.cases())[0]
    assert (row.state, [line.state for line in row.states]) == (CaseState.COMMITTED, [CaseState.COMMITTED])
    store.close()


def test_a_lease_of_another_run_counts_for_nothing_even_when_it_could_not_be_cleared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened(tmp_path)
    got(store.commit((submission(1),)))
    got(store.mark_sending((case_id(1),)))
    store.close()

    def no_room(*_: object) -> None:
        raise apsw.FullError("made to fail")

    monkeypatch.setattr("offline_cache.cases.clear_leases", no_room)
    store = opened(tmp_path)
    assert [entry.case_id for entry in got(store.due(HandClock().now(), 5))] == [case_id(1)]
    store.close()


def test_a_second_copy_is_refused_until_the_first_has_gone(tmp_path: Path) -> None:
    store = opened(tmp_path)
    with pytest.raises(SecondCopy):
        opened(tmp_path)
    store.close()
    opened(tmp_path).close()


def test_a_view_reads_while_the_store_is_in_use(tmp_path: Path) -> None:
    keys = FileKeySource(tmp_path / "key", demo=True)
    assert open_view(tmp_path, keys=keys) is None
    store = opened(tmp_path)
    got(store.commit((submission(1),)))
    at_rest(store)
    with open_view(tmp_path, keys=keys) or pytest.fail("no view") as view:
        assert [row.case_id for row in view.cases()] == [case_id(1)]
        got(store.commit((submission(2),)))
        at_rest(store)
        assert view.outbox().waiting == 2
        assert view.verify().ok
    store.close()
    with open_view(tmp_path, keys=keys) or pytest.fail("no view") as view:
        assert len(view.cases()) == 2


def test_a_view_names_a_case_whose_bytes_changed(tmp_path: Path) -> None:
    filled(tmp_path)
    key = (tmp_path / "key").read_bytes()
    connection = connect(tmp_path / "store.db", key)
    connection.execute("DROP TRIGGER cases_bytes_stay")
    connection.execute("UPDATE cases SET body = x'00' WHERE case_id = ?", (case_id(2),))
    connection.close()
    with open_view(tmp_path, keys=FileKeySource(tmp_path / "key", demo=True)) or pytest.fail("no view") as view:
        report = view.verify()
    assert (report.ok, report.problems) == (False, (f"{case_id(2)}: hash",))


def test_a_store_of_another_key_is_left_untouched(tmp_path: Path) -> None:
    filled(tmp_path)
    before = (tmp_path / "store.db").read_bytes()
    (tmp_path / "key").write_bytes(b"k" * 32)
    with pytest.raises(StoreKeyError):
        opened(tmp_path)
    (tmp_path / "key").unlink()
    with pytest.raises(StoreKeyError):
        opened(tmp_path)
    assert (tmp_path / "store.db").read_bytes() == before


def test_a_flipped_bit_in_the_name_of_the_key_is_no_other_key(tmp_path: Path) -> None:
    filled(tmp_path)
    identity = tmp_path / "store.json"
    whole = identity.read_bytes()
    for place in range(len(whole)):
        identity.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert read_identity(tmp_path) in (None, json.loads(whole)["kid"]), place
    identity.write_bytes(whole.replace(b'"kid": "', b'"kid": "f'))
    check_unsent(tmp_path).close()
    assert identity.read_bytes() == whole


def test_keys_say_when_they_protect_little(tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    assert find_key_source(tmp_path, demo=True, environ={}).degraded is None
    assert find_key_source(tmp_path, demo=False, environ={}).degraded is not None
    (credentials / "kiosk-store-key").write_bytes(b"c" * 32)
    source = find_key_source(tmp_path, demo=False, environ={"CREDENTIALS_DIRECTORY": str(credentials)})
    assert isinstance(source, CredentialKeySource)
    store = opened(tmp_path / "state", source)
    assert (store.health().encrypted, store.health().key_source) == (True, "credential")
    assert store.health().degraded == ("no key of the centre, cases are sealed under the key of this terminal",)
    got(store.put(KV_SEALING_KEYS, sealing_keys()[0]))
    assert store.health().degraded == ()
    store.close()
    assert not (tmp_path / "state" / "key").exists()


def test_a_migration_runs_once_and_keeps_what_was_there(tmp_path: Path) -> None:
    filled(tmp_path)
    key = (tmp_path / "key").read_bytes()
    connection = connect(tmp_path / "store.db", key)
    steps = (*migrations(), (len(migrations()) + 1, "CREATE TABLE later (x TEXT) STRICT;"))
    assert migrate(connection, steps) == len(steps)
    assert migrate(connection, steps) == len(steps)
    assert connection.execute("SELECT count(*) FROM cases").get == 6
    connection.close()
    with pytest.raises(StoreTooNew):
        opened(tmp_path)
    assert not (tmp_path / "quarantine").exists()


def test_a_migration_that_fails_halfway_changes_nothing(tmp_path: Path) -> None:
    connection = connect(tmp_path / "a.db", None)
    with pytest.raises(Exception, match="nowhere"):
        migrate(connection, ((1, "CREATE TABLE a (x TEXT) STRICT; INSERT INTO nowhere VALUES (1);"),))
    assert connection.pragma("user_version") == 0
    assert connection.execute("SELECT count(*) FROM sqlite_schema").get == 0
    connection.close()


def test_the_tables_themselves_hold_a_case_fixed_and_an_unsent_one_in_place(tmp_path: Path) -> None:
    filled(tmp_path)
    connection = connect(tmp_path / "store.db", (tmp_path / "key").read_bytes())
    for sql in ("UPDATE cases SET body = x'00'", f"DELETE FROM cases WHERE case_id = '{case_id(4)}'"):
        with pytest.raises(Exception, match=r"fixed|stays"):
            connection.execute(sql)
    connection.close()
