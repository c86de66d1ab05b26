"""What "submitted" costs: the store's commit beside a bare commit of the same bytes, turn by turn, on the same disk.

Bare is one INSERT in the same engine, with the same cipher and pragmas, asked for through a thread like the store's
own: a caller gets a future from both. What the thread itself costs is told by the bare commit without one. The bare
row has the bytes of the submission, which is its body and the nine short values beside it, under a key of its own; the
place in the outbox, the envelope and the time of the commit are the store's own, and what is measured.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import statistics
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


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def figures(repeats: int, folder: Path) -> Iterator[Figure]:
    """Commit of one case with outbox entry and envelope against one INSERT of the same size, both WAL, FULL."""
    keys = FileKeySource(folder / "key", demo=True)
    bare = connect(folder / "bare.db", keys.load(create=True))
    bare.execute(f"CREATE TABLE cases (case_id TEXT PRIMARY KEY, {', '.join(_BESIDE)}, body BLOB)")
    store = open_store(folder / "state", clock=_Clock(), keys=keys)
    thread = Worker("bare")
    try:
        store.put(KV_SEALING_KEYS, _centre_key()).result(COMMIT_TIMEOUT_S)
        ours, asked, direct = _in_turns(repeats, store, bare, thread)
    finally:
        thread.shutdown()
        thread.join(COMMIT_TIMEOUT_S)
        store.close()
        bare.close()
    yield figure("commit a case", ours, f"{BODY_BYTES} bytes, with outbox entry and envelope, encrypted")
    yield figure("bare SQLite commit, through a thread", asked, f"{BODY_BYTES} bytes, same engine, cipher and pragmas")
    yield figure("bare SQLite commit, no thread", direct, "the same")
    yield Figure("a case against a bare commit", statistics.median(ours) / statistics.median(asked), "times")
    yield Figure("a case against one without a thread", statistics.median(ours) / statistics.median(direct), "times")


def _in_turns(
    repeats: int, store: CaseStore, bare: apsw.Connection, thread: Worker
) -> tuple[list[float], list[float], list[float]]:
    ours: list[float] = []
    asked: list[float] = []
    direct: list[float] = []
    for number in range(repeats + 1):
        item = _submission(number)
        ours.append(once_ms(partial(_commit, store, item)))
        asked.append(once_ms(partial(_asked, thread, partial(_insert, bare, "a", item))))
        direct.append(once_ms(partial(_insert, bare, "d", item)))
    return ours[1:], asked[1:], direct[1:]


def _commit(store: CaseStore, item: Submission) -> None:
    result = store.commit((item,)).result(COMMIT_TIMEOUT_S)
    if not result.ok:
        raise SystemExit(f"bench: the store refused a commit: {result.reason}")


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
