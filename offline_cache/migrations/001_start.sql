-- Cases, their outbox, print journal, packages and small values.
CREATE TABLE cases (
    seq            INTEGER PRIMARY KEY AUTOINCREMENT,
    case_id        TEXT NOT NULL UNIQUE,
    parent_id      TEXT,
    kind           TEXT NOT NULL,
    item_id        TEXT NOT NULL,
    item_version   INTEGER NOT NULL,
    package_sha256 TEXT NOT NULL,
    trace_id       TEXT NOT NULL,
    session        TEXT NOT NULL,
    created        TEXT NOT NULL,
    body           BLOB NOT NULL,
    sha256         TEXT NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('committed', 'sending', 'accepted', 'refused', 'parked')),
    attempts       INTEGER NOT NULL DEFAULT 0,
    sent           TEXT,
    reason         TEXT,
    detail         TEXT,
    answer         TEXT,
    unconfirmed    INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What identifies a case never changes once it is written.
CREATE TRIGGER cases_identity_is_fixed
BEFORE UPDATE OF case_id, parent_id, item_id, item_version, package_sha256, created, body, sha256 ON cases
BEGIN
    SELECT RAISE(ABORT, 'the identity of a case is fixed');
END;

-- A case leaves the store only after the centre has durably answered.
CREATE TRIGGER cases_unsent_stay
BEFORE DELETE ON cases WHEN old.state NOT IN ('accepted', 'refused')
BEGIN
    SELECT RAISE(ABORT, 'an unsent case stays');
END;

CREATE TABLE case_states (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    seq   INTEGER NOT NULL REFERENCES cases (seq) ON DELETE CASCADE,
    state TEXT NOT NULL,
    at    TEXT NOT NULL
) STRICT;
CREATE INDEX case_states_by_case ON case_states (seq, id);

-- One row per case that still has to reach the centre. set_at tells a clock that was turned back.
CREATE TABLE outbox (
    seq        INTEGER PRIMARY KEY REFERENCES cases (seq),
    not_before TEXT NOT NULL,
    set_at     TEXT NOT NULL,
    lease      TEXT,
    why        TEXT
) STRICT;

CREATE TABLE print_journal (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id  TEXT NOT NULL,
    case_id TEXT,
    state   TEXT NOT NULL,
    at      TEXT NOT NULL
) STRICT;
CREATE INDEX print_journal_by_job ON print_journal (job_id, id);

CREATE TABLE packages (
    id      TEXT NOT NULL,
    version INTEGER NOT NULL,
    sha256  TEXT NOT NULL,
    etag    TEXT,
    active  INTEGER NOT NULL DEFAULT 0 CHECK (active IN (0, 1)),
    bundle  BLOB NOT NULL,
    PRIMARY KEY (id, version)
) STRICT;
CREATE UNIQUE INDEX packages_one_active ON packages (id) WHERE active = 1;

CREATE TABLE kv (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE nonces (nonce TEXT PRIMARY KEY, expires TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Ratings carry no time and no case, and lie in the order of their random token: nothing links them to a resident.
CREATE TABLE rating_tokens (token TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE ratings (token TEXT PRIMARY KEY, level INTEGER NOT NULL, reasons TEXT NOT NULL) STRICT, WITHOUT ROWID;
