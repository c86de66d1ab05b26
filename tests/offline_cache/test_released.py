"""A store of every released schema opens with today's program, and nothing of it is lost."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.ports.storage import KV_SEALING_KEYS, CaseRow, CaseState
from offline_cache import FileKeySource, SqliteStore, open_store
from offline_cache.connection import connect, migrate, migrations
from offline_cache.envelopes import stored_ids
from tests.contracts.samples import START, HandClock, answer, case_id, got, sealing_keys, submission, unsealed

RELEASED = Path(__file__).parent / "released"
SCHEMAS = sorted(int(path.name) for path in RELEASED.iterdir() if path.is_dir())
TEXT = "林秋禾" * 300
UNSENT = {case_id(n) for n in (3, 4, 5, 6, 7)}

pytestmark = pytest.mark.usefixtures("caplog")


def copied(schema: int, to: Path) -> Path:
    return Path(shutil.copytree(RELEASED / str(schema), to / f"state-{schema}"))


def opened(state_dir: Path) -> SqliteStore:
    keys = FileKeySource(state_dir / "key", demo=True)
    return open_store(state_dir, clock=HandClock(), keys=keys, floor_bytes=0, ballast_bytes=0)


def rows_of(store: SqliteStore) -> dict[str, CaseRow]:
    return {row.case_id: row for row in got(store.cases())}


def test_there_is_a_store_of_every_schema_but_the_newest() -> None:
    assert set(range(1, len(migrations()))) <= set(SCHEMAS)


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_released_store_opens_and_nothing_is_lost(tmp_path: Path, schema: int) -> None:
    store = opened(copied(schema, tmp_path))
    rows = rows_of(store)
    assert {number: rows[case_id(number)].state.value for number in range(1, 8)} == {
        1: "accepted",
        2: "refused",
        3: "parked",
        4: "committed",
        5: "committed",
        6: "committed",
        7: "committed",
    }
    for number in range(1, 8):
        assert got(store.body(case_id(number))) == submission(number, TEXT).body
    assert rows[case_id(1)].answer == answer(submission(1, TEXT))
    assert [(line.state.value, line.at) for line in rows[case_id(1)].states] == [
        ("committed", START),
        ("sending", START + timedelta(seconds=1)),
        ("accepted", START + timedelta(seconds=2)),
    ]
    assert (rows[case_id(3)].parent, rows[case_id(3)].reason) == (case_id(2), "urn:kiosk:problem:conflict")
    assert (rows[case_id(4)].attempts, rows[case_id(4)].reason) == (1, "503")
    due = got(store.due(START + timedelta(hours=1), 10))
    assert [entry.case_id for entry in due] == [case_id(n) for n in (5, 6, 7, 4)]
    assert [(row.job_id, [state for state, _ in row.states]) for row in got(store.journal_rows())] == [
        ("job-1", ["queued", "sent", "printed"]),
        ("job-2", ["queued"]),
    ]
    assert [(row.version, row.etag) for row in got(store.active_packages())] == [(2, '"e2"')]
    assert got(store.package("residence-permit-renewal", 1)) is not None
    assert (got(store.get("staff.pin")), got(store.get("sync.link"))) == ("hash", "up")
    assert not got(store.use_nonce("n", START, START))
    assert got(store.next_sequence()) == 3
    assert [entry.level for entry in got(store.ratings_due(10))] == [5]
    assert got(store.add_rating_tokens(())) == 2
    assert (store.health().recovered, got(store.verify()).problems) == (False, ())
    store.close()


@pytest.mark.parametrize("schema", SCHEMAS)
@pytest.mark.parametrize("what", ["gone", "header", "page"])
def test_a_released_store_that_is_damaged_gives_back_what_is_unsent(tmp_path: Path, schema: int, what: str) -> None:
    state_dir = copied(schema, tmp_path)
    path = state_dir / "store.db"
    raw = bytearray(path.read_bytes())
    if what == "gone":
        path.unlink()
    else:
        at = 0 if what == "header" else len(raw) // 2
        raw[at : at + 4096] = bytes(4096)
        path.write_bytes(raw)
    store = opened(state_dir)
    rows = rows_of(store)
    assert rows.keys() >= UNSENT
    assert store.recovered
    for case in UNSENT:
        assert got(store.body(case)) == submission(int(case[-2:]), TEXT).body
    assert got(store.verify()).ok
    store.close()


@pytest.mark.parametrize("schema", SCHEMAS)
def test_envelopes_of_a_released_store_are_exchanged_for_some_the_centre_opens(tmp_path: Path, schema: int) -> None:
    state_dir = copied(schema, tmp_path)
    keys, private = sealing_keys()
    store = opened(state_dir)
    got(store.put(KV_SEALING_KEYS, keys))
    store.close()
    assert set(stored_ids(state_dir / "envelopes")) == UNSENT
    (state_dir / "store.db").unlink()
    store = opened(state_dir)
    entries = got(store.due(START, 10))
    assert {entry.case_id for entry in entries} == UNSENT
    for entry in entries:
        assert (entry.sealed, entry.unconfirmed) == (True, True)
        assert unsealed(entry.body, private)["body"] == submission(int(entry.case_id[-2:]), TEXT).body
    store.close()


@dataclass
class _Snapshots:
    """Copies the store before every statement of a migration, as a power cut would leave it."""

    source: Path
    to: Path
    count: int = 0

    def __call__(self, cursor: object, sql: str, bindings: object) -> bool:
        self.count += 1
        shutil.copytree(self.source, self.to / str(self.count), ignore=shutil.ignore_patterns("*-shm"))
        return True


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_migration_cut_off_anywhere_is_done_at_the_next_start(tmp_path: Path, schema: int) -> None:
    state_dir = copied(schema, tmp_path)
    connection = connect(state_dir / "store.db", (state_dir / "key").read_bytes())
    snapshots = _Snapshots(state_dir, tmp_path / "cut")
    connection.exec_trace = snapshots
    migrate(connection)
    connection.exec_trace = None
    connection.close()
    assert snapshots.count > 5
    for number in {1, snapshots.count // 2, snapshots.count}:
        store = opened(tmp_path / "cut" / str(number))
        rows = rows_of(store)
        assert len(rows) == 7
        assert rows[case_id(1)].states[0].at == START
        assert (store.health().schema, rows[case_id(5)].state) == (len(migrations()), CaseState.COMMITTED)
        store.close()
