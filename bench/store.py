"""What "submitted" costs: the store's durable submit beside a bare commit of the same bytes, turn by turn, on one disk.

Bare is one INSERT in the same engine, with the same cipher and pragmas, asked for through a thread like the store's
own: a caller gets a future from both. What the thread itself costs is told by the bare commit without one. The bare
row has the bytes of the submission, which is its body and the nine short values beside it, under a key of its own; the
place in the outbox, the envelope and the time of the commit are the store's own, and what is measured.

Neither is helped or hindered by the other: each is asked for when nothing goes on, in an order that chance gives, in a
log that has its place on the disk already and begins again as often as the store's. A ratio is that of one turn.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import apsw
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from bench.timing import Figure, figure, once_ms
from kiosk.ports.storage import KV_SEALING_KEYS, CaseStore, Submission
from offline_cache import FileKeySource, open_store
from offline_cache.connection import connect
from offline_cache.worker import Worker

BODY_BYTES = 6000
_BESIDE = "parent_id kind item_id item_version package_sha256 trace_id session created sha256".split()
COMMIT_TIMEOUT_S = 30.0
LOG_PAGES = 256  # between two checkpoints, as the store has it
WARM_UP = 80  # until each log began again once
REST_S = 0.003


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def figures(repeats: int, folder: Path) -> Iterator[Figure]:
    """A durable submit of one case against one INSERT of the same size, WAL, FULL."""
    keys = FileKeySource(folder / "key", demo=True)
    bare = connect(folder / "bare.db", keys.load(create=True))
    bare.wal_autocheckpoint(LOG_PAGES)
    bare.execute(f"CREATE TABLE cases (case_id TEXT PRIMARY KEY, {', '.join(_BESIDE)}, body BLOB)")
    store = open_store(folder / "state", clock=_Clock(), keys=keys)
    thread = Worker("bare")
    try:
        store.put(KV_SEALING_KEYS, _centre_key()).result(COMMIT_TIMEOUT_S)
        turns = _turns(repeats, store, bare, thread)
    finally:
        thread.shutdown()
        thread.join(COMMIT_TIMEOUT_S)
        store.close()
        bare.close()
    yield figure("submit a case", turns["ours"], f"{BODY_BYTES} bytes, with outbox entry and envelope, encrypted")
    yield figure("until its row can be read back", turns["read"], "the same, and one question more")
    yield figure("bare SQLite commit, through a thread", turns["asked"], "the same bytes, engine, cipher and pragmas")
    yield figure("bare SQLite commit, no thread", turns["direct"], "the same")
    yield _ratio("a case against a bare commit", turns["ours"], turns["asked"], "wanted: at most 1.3")
    yield _ratio("a case against one without a thread", turns["ours"], turns["direct"])
    yield _ratio("until its row can be read, against a bare commit", turns["read"], turns["asked"])


def _turns(repeats: int, store: CaseStore, bare: apsw.Connection, thread: Worker) -> dict[str, list[float]]:
    """Milliseconds by the way it was done; all lists are of one length, an index is a turn."""
    found: dict[str, list[float]] = {"ours": [], "read": [], "asked": [], "direct": []}
    for number in range(WARM_UP + repeats):
        item, again = _submission(2 * number), _submission(2 * number + 1)
        ways: dict[str, Callable[[], None]] = {
            "ours": partial(_commit, store, item),
            "read": partial(_commit_and_read, store, again),
            "asked": partial(_asked, thread, partial(_insert, bare, "a", item)),
            "direct": partial(_insert, bare, "d", item),
        }
        for way in random.sample(sorted(ways), len(ways)):
            found[way].append(once_ms(ways[way]))
            # What the store has to do after its answer is no part of the next turn.
            store.get("bench").result(COMMIT_TIMEOUT_S)
            time.sleep(REST_S)
    return {way: times[WARM_UP:] for way, times in found.items()}


def _ratio(name: str, ours: list[float], bare: list[float], note: str = "") -> Figure:
    times = sorted(mine / theirs for mine, theirs in zip(ours, bare, strict=True))
    return Figure(name, statistics.median(times), "times", times[len(times) * 95 // 100], len(times), note)


def _commit(store: CaseStore, item: Submission) -> None:
    result = store.commit((item,)).result(COMMIT_TIMEOUT_S)
    if not result.ok:
        raise SystemExit(f"bench: the store refused a commit: {result.reason}")


def _commit_and_read(store: CaseStore, item: Submission) -> None:
    _commit(store, item)
    if store.body(item.case_id).result(COMMIT_TIMEOUT_S) is None:
        raise SystemExit("bench: what was committed cannot be read back")


def _insert(bare: apsw.Connection, prefix: str, item: Submission) -> None:
    bare.execute(
        "INSERT INTO cases VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            prefix + item.case_id,
            item.parent_id,
            item.kind,
            item.item_id,
            item.item_version,
            item.package_sha256,
            item.trace_id,
            item.session,
            item.created.isoformat(),
            item.sha256,
            item.body,
        ),
    )


def _asked(thread: Worker, insert: Callable[[], None]) -> None:
    thread.submit(insert).result(COMMIT_TIMEOUT_S)


def _centre_key() -> str:
    public = X25519PrivateKey.generate().public_key().public_bytes_raw()
    return json.dumps([base64.urlsafe_b64encode(public).decode().rstrip("=")])


def _submission(number: int) -> Submission:
    body = b'{"note":"' + os.urandom(BODY_BYTES // 2).hex().encode() + b'"}'
    return Submission(
        case_id=f"YP0301-261121-{number:010d}",
        parent_id=None,
        item_id="residence-permit-renewal",
        item_version=1,
        package_sha256="0" * 64,
        trace_id=f"{number:032x}",
        session=f"{number:016x}",
        created=datetime.now(UTC),
        body=body,
        sha256=hashlib.sha256(body).hexdigest(),
        kind="apply",
    )
