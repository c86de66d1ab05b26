"""Reading the store of a running terminal from another process: `cases`, `diag`. Never writes, needs no lock."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import TracebackType

import apsw

from kiosk.domain.errors import StoreError, StoreTooNew
from kiosk.domain.usage import Figure
from kiosk.ports.storage import CaseRow, CaseState, JournalRow, OutboxSummary, PackageRow, VerifyReport
from offline_cache import rows, usage
from offline_cache.connection import connect, migrations, store_error
from offline_cache.envelopes import stored_ids
from offline_cache.keys import KeySource, key_id
from offline_cache.layout import DATABASE, ENVELOPES, check_identity


class StoreView:
    """A read-only look. Methods block and raise StoreError leaves; use as a context manager."""

    def __init__(self, connection: apsw.Connection, envelopes: Path) -> None:
        self._connection = connection
        self._envelopes = envelopes

    def __enter__(self) -> StoreView:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def schema(self) -> int:
        return int(self._connection.pragma("user_version"))

    def cases(self, *, state: CaseState | None = None) -> tuple[CaseRow, ...]:
        return rows.read_cases(self._connection, state=state)

    def case(self, case_id: str) -> CaseRow | None:
        return next(iter(rows.read_cases(self._connection, case_id)), None)

    def journal_rows(self) -> tuple[JournalRow, ...]:
        return rows.read_journal(self._connection)

    def outbox(self) -> OutboxSummary:
        return rows.read_outbox(self._connection)

    def active_packages(self) -> tuple[PackageRow, ...]:
        return rows.read_packages(self._connection, active_only=True)

    def get(self, key: str) -> str | None:
        found = self._connection.execute("SELECT value FROM kv WHERE key = ?", (key,)).get
        return None if found is None else str(found)

    def usage(self, since: date) -> tuple[Figure, ...]:
        return usage.figures(self._connection, since)

    def verify(self) -> VerifyReport:
        try:
            count, problems = rows.verify_rows(self._connection, lambda: stored_ids(self._envelopes))
        except apsw.Error as error:
            return VerifyReport(0, (f"database: {type(error).__name__}",))
        return VerifyReport(count, problems)

    def close(self) -> None:
        self._connection.close()


def open_view(state_dir: Path, *, keys: KeySource) -> StoreView | None:
    """A view of the store in `state_dir`; None when there is no store yet. Raises StoreError leaves."""
    path = state_dir / DATABASE
    if not path.exists():
        return None
    key = keys.load(create=False)
    check_identity(state_dir, key_id(key))
    try:
        connection = connect(path, key, read_only=True)
    except apsw.Error as error:
        leaf = store_error(error)
        if leaf is None:
            raise
        raise leaf from error
    schema = int(connection.pragma("user_version"))
    if schema != len(migrations()):
        connection.close()
        kind = StoreTooNew if schema > len(migrations()) else StoreError
        raise kind(f"the store has schema {schema}, this program reads {len(migrations())}: start the terminal first")
    return StoreView(connection, state_dir / ENVELOPES)
