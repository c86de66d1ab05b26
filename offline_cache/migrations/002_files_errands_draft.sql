-- A case whose row was lost is kept as its envelope, which only the centre opens; the bytes of a case go once the
-- centre has said again that it holds it. In both the body is NULL.
DROP TRIGGER cases_identity_is_fixed;
DROP TRIGGER cases_unsent_stay;
ALTER TABLE cases ALTER COLUMN body DROP NOT NULL;
ALTER TABLE cases ADD COLUMN envelope BLOB;
-- When the centre last said that it still holds the case; the time of its answer is in sent.
ALTER TABLE cases ADD COLUMN confirmed TEXT;
-- How many photographs it names, so that after damage a case is not taken for whole without them.
ALTER TABLE cases ADD COLUMN file_count INTEGER NOT NULL DEFAULT 0;
-- 1 only inside the transaction that takes a row away and makes it again, whole, from its envelope.
ALTER TABLE cases ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0;

-- When it was committed, which was the first line of its history.
ALTER TABLE cases ADD COLUMN committed TEXT;
UPDATE cases SET committed = (SELECT at FROM case_states WHERE case_states.seq = cases.seq ORDER BY id LIMIT 1);
DELETE FROM case_states WHERE id IN (SELECT min(id) FROM case_states GROUP BY seq);

CREATE TRIGGER cases_identity_is_fixed
BEFORE UPDATE OF case_id, parent_id, item_id, item_version, package_sha256, created, sha256 ON cases
BEGIN
    SELECT RAISE(ABORT, 'the identity of a case is fixed');
END;

CREATE TRIGGER cases_bytes_stay
BEFORE UPDATE OF body, envelope ON cases
WHEN new.body IS NOT NULL OR new.envelope IS NOT NULL
    OR old.state NOT IN ('accepted', 'refused') OR old.confirmed IS NULL
BEGIN
    SELECT RAISE(ABORT, 'the bytes of a case are fixed, and stay until the centre has it for sure');
END;

CREATE TRIGGER cases_unsent_stay
BEFORE DELETE ON cases
WHEN old.withdrawn = 0
    AND (old.state NOT IN ('accepted', 'refused') OR old.body IS NOT NULL OR old.envelope IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'an unsent case stays');
END;

-- Photographs by their hash, each once; they go when no case names them any more.
CREATE TABLE files (
    sha256     TEXT NOT NULL PRIMARY KEY,
    media_type TEXT NOT NULL,
    data       BLOB NOT NULL
) STRICT;

CREATE TABLE case_files (
    seq    INTEGER NOT NULL REFERENCES cases (seq) ON DELETE CASCADE,
    sha256 TEXT NOT NULL REFERENCES files (sha256),
    PRIMARY KEY (seq, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_files_by_file ON case_files (sha256);

-- What has to reach the centre and is no case.
CREATE TABLE errands (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    kind       TEXT NOT NULL CHECK (kind IN ('park', 'release')),
    name       TEXT NOT NULL,
    body       BLOB NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    not_before TEXT NOT NULL,
    set_at     TEXT NOT NULL,
    UNIQUE (kind, name)
) STRICT;

-- The draft of the visit that is going on, encrypted with a key that is on no disk.
CREATE TABLE draft (one INTEGER PRIMARY KEY CHECK (one = 1), bytes BLOB NOT NULL) STRICT;
