"""What "submitted" costs: the store's commit beside a bare SQLite commit of the same bytes, turn by turn, same disk."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import statistics
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from bench.timing import Figure, figure, once_ms
from kiosk.ports.storage import CommitResult, Submission
from offline_cache import open_store

BODY_BYTES = 6000
COMMIT_TIMEOUT_S = 30.0

Commit = Callable[[tuple[Submission, ...]], Future[CommitResult]]


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def figures(repeats: int, folder: Path) -> Iterator[Figure]:
    """Commit of one case with its outbox entry against one INSERT of the same size, both WAL with synchronous=FULL."""
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as bare:
        bare.execute("PRAGMA journal_mode=WAL")
        bare.execute("PRAGMA synchronous=FULL")
        bare.execute("CREATE TABLE cases (id TEXT PRIMARY KEY, body BLOB NOT NULL)")
        store = open_store(folder / "state", clock=_Clock())
        try:
            ours, theirs = _in_turns(repeats, store.commit, bare)
        finally:
            store.close()
    yield figure("commit a case", ours, f"{BODY_BYTES} bytes, with outbox entry, encrypted")
    yield figure("bare SQLite commit", theirs, f"{BODY_BYTES} bytes, WAL, synchronous=FULL")
    yield Figure("a case against a bare commit", statistics.median(ours) / statistics.median(theirs), "times")


def _in_turns(repeats: int, commit: Commit, bare: sqlite3.Connection) -> tuple[list[float], list[float]]:
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(repeats + 1):
        submission = _submission(number)

        def case(submission: Submission = submission) -> None:
            result = commit((submission,)).result(COMMIT_TIMEOUT_S)
            if not result.ok:
                raise SystemExit(f"bench: the store refused a commit: {result.reason}")

        def plain(submission: Submission = submission) -> None:
            bare.execute("INSERT INTO cases VALUES (?, ?)", (submission.case_id, submission.body))

        ours.append(once_ms(case))
        theirs.append(once_ms(plain))
    return ours[1:], theirs[1:]


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
