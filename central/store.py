"""The centre's tables and its database, SQLite by default, any other that SQLAlchemy knows by URL.

Two ways in: :meth:`Store.read` and :meth:`Store.write`, each one transaction. On SQLite a write takes the write lock at
once (``BEGIN IMMEDIATE``), so two requests never both read "absent" and then both wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Engine,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
)
from sqlalchemy.engine import make_url

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

# What was ever published stays: a case may name a version that is no longer offered.
packages = Table(
    "packages",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("published_at", String(32), nullable=False),
)

residents = Table(
    "residents",
    metadata,
    Column("number", String(18), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("handle", String(32), nullable=False, unique=True),
    Column("facts", Text, nullable=False),
    Column("demo_key", String(40), nullable=True, unique=True),
)

licences = Table(
    "licences",
    metadata,
    Column("holder", String(18), ForeignKey("residents.number"), primary_key=True),
    Column("type", String(64), primary_key=True),
    Column("number", String(64), nullable=False),
    Column("issued_on", String(10), nullable=False),
    Column("valid_to", String(10), nullable=True),
    Column("fields", Text, nullable=False),
)

sessions = Table(
    "identity_sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("handle", String(32), nullable=False),
    Column("resident", String(18), nullable=True),  # null: a person the registry does not hold
    Column("item_id", String(64), nullable=False),
    Column("expires_at", String(32), nullable=False, index=True),
)

nonces = Table(
    "code_nonces",
    metadata,
    Column("nonce_hash", String(64), primary_key=True),
    Column("expires_at", String(32), nullable=False, index=True),
)

audit = Table(
    "licence_audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", String(32), nullable=False),
    Column("who", String(32), nullable=False),
    Column("item_id", String(64), nullable=False),
    Column("type", String(64), nullable=False),
    Column("result", String(16), nullable=False),
)

cases = Table(
    "cases",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("case_id", String(40), nullable=False),
    Column("parent_id", String(40), nullable=True, index=True),
    Column("sha256", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("item_id", String(64), nullable=False),
    Column("item_version", Integer, nullable=False),
    Column("child", String(64), nullable=True),
    Column("title", Text, nullable=False),
    Column("holder_masked", String(120), nullable=False),
    Column("office", Text, nullable=True),
    Column("terminal", String(16), nullable=False),
    Column("trace_id", String(32), nullable=False),
    Column("status", String(16), nullable=False),
    Column("accepted_at", String(32), nullable=False),
    Column("official_no", String(40), nullable=True),
    Column("ticket_no", String(40), nullable=True, unique=True),
    Column("answer", Text, nullable=False),
    UniqueConstraint("case_id", name="one_row_per_case"),
)

# The resident may not have been told that this case was submitted: the terminal's database was damaged.
unconfirmed_cases = Table(
    "unconfirmed_cases",
    metadata,
    Column("case_id", String(40), ForeignKey("cases.case_id"), primary_key=True),
)

# Photographs, each once and whole. ``media_type`` is what the first bytes say, "" for neither kind.
files = Table(
    "files",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("size", Integer, nullable=False),
    Column("media_type", String(40), nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("stored_at", String(32), nullable=False, index=True),
)

# Half-sent files, in parts; what is done keeps its row for a while, without parts, so that a late question is answered.
uploads = Table(
    "uploads",
    metadata,
    Column("uid", String(32), primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("media_type", String(40), nullable=False),
    Column("size", Integer, nullable=False),
    Column("received", Integer, nullable=False),
    Column("expires_at", String(32), nullable=False, index=True),
)

upload_parts = Table(
    "upload_parts",
    metadata,
    Column("uid", String(32), ForeignKey("uploads.uid"), primary_key=True),
    Column("at", Integer, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

case_files = Table(
    "case_files",
    metadata,
    Column("case_id", String(40), ForeignKey("cases.case_id"), primary_key=True),
    Column("sha256", String(64), ForeignKey("files.sha256"), primary_key=True, index=True),
)

decisions = Table(
    "decisions",
    metadata,
    Column("case_id", String(40), ForeignKey("cases.case_id"), primary_key=True),
    Column("decided_at", String(32), nullable=False),
    Column("decision", Text, nullable=False),
)

tickets = Table(
    "tickets",
    metadata,
    Column("ticket_no", String(40), primary_key=True),
    Column("case_id", String(40), ForeignKey("cases.case_id"), nullable=False),
    Column("status", String(16), nullable=False),
    Column("title", Text, nullable=False),
    Column("office", Text, nullable=True),
    Column("opened_at", String(32), nullable=False),
    Column("due_on", String(10), nullable=False),
)

# Cases that are decided by rule, but not before this time.
pending = Table(
    "pending_decisions",
    metadata,
    Column("case_id", String(40), ForeignKey("cases.case_id"), primary_key=True),
    Column("decide_at", String(32), nullable=False, index=True),
)

# Child cases whose agency could not be reached; they are passed on when it can.
held = Table(
    "held_cases",
    metadata,
    Column("case_id", String(40), ForeignKey("cases.case_id"), primary_key=True),
    Column("child", String(64), nullable=False),
)

# One row for each place that is taken; `place` counts from 0, so that the key itself keeps to the capacity.
bookings = Table(
    "bookings",
    metadata,
    Column("item_id", String(64), primary_key=True),
    Column("office", String(40), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("slot", String(5), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("case_id", String(40), ForeignKey("cases.case_id"), nullable=False, unique=True),
)

# Neither table says which terminal, when in the day or in what order: without a row id the file keeps no order either.
rating_tokens = Table(
    "rating_tokens",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("expires_on", String(10), nullable=False),
    Column("used", Boolean, nullable=False),
    sqlite_with_rowid=False,
)

# Sums, so that no rating is there by itself. `said` is level.1 to level.5, or reason.WORD.
rating_counts = Table(
    "rating_counts",
    metadata,
    Column("item_id", String(64), primary_key=True),
    Column("month", String(7), primary_key=True),
    Column("said", String(48), primary_key=True),
    Column("count", Integer, nullable=False),
    sqlite_with_rowid=False,
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("terminal", String(16), primary_key=True),
    Column("at", String(32), nullable=False),
    Column("body", Text, nullable=False),
)

# What a case still waits for, by the hash of the code on the slip. ``owed``: material -> last day, as JSON.
openings = Table(
    "openings",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    Column("case_id", String(40), ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("key", String(80), nullable=False),
    Column("due_on", String(10), nullable=False),
    Column("owed", Text, nullable=False),
    Column("state", String(8), nullable=False),
)

# Unfinished work, for its owner's pseudonym. What is over has no owner, half and work; its id and hash stay a while.
parked = Table(
    "parked_work",
    metadata,
    Column("parked_id", String(16), primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("handle", String(200), nullable=False),
    Column("item_id", String(64), nullable=False),
    Column("item_version", Integer, nullable=False),
    Column("package_sha256", String(64), nullable=False),
    Column("until", String(32), nullable=False, index=True),
    Column("half", LargeBinary, nullable=True),
    Column("work", LargeBinary, nullable=True),
)

# Wrong tries, by code, by person and by both, as hashes.
tries = Table(
    "wrong_tries",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("last_at", String(32), nullable=False, index=True),
)

Index("cases_newest", cases.c.accepted_at)


class Store:
    """One database. Thread-safe: each call takes its own connection."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.sqlite = parsed.get_backend_name() == "sqlite"
        # Parameters hold names and numbers; they must not reach a log through an error's text.
        options: dict[str, Any] = {"hide_parameters": True}
        if self.sqlite:
            options["connect_args"] = {"timeout": 10.0, "check_same_thread": False}
        self._engine: Engine = create_engine(parsed, **options)
        if self.sqlite:
            event.listen(self._engine, "connect", _prepare_sqlite)
            event.listen(self._engine, "begin", _begin_sqlite)
        self._writer = self._engine.execution_options(writes=True)
        metadata.create_all(self._writer)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One transaction that only reads."""
        with self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that writes: committed at the end, rolled back by any exception."""
        with self._writer.connect() as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun below, by name
    cursor = connection.cursor()
    # FULL: an answered case must outlive a power cut of the centre, too.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
