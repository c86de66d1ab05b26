-- How the terminal is used: counts by day under words of closed sets, of nobody. See kiosk/domain/usage.py.
CREATE TABLE usage (
    day    TEXT NOT NULL,
    item   TEXT NOT NULL,
    page   TEXT NOT NULL,
    what   TEXT NOT NULL,
    detail TEXT NOT NULL,
    count  INTEGER NOT NULL,
    PRIMARY KEY (day, item, page, what, detail)
) STRICT, WITHOUT ROWID;

-- A rating waits under a random name of its own, and takes a token when it is sent: none is lost for want of one. It
-- says which item it is about, and still no time and no case.
CREATE TABLE ratings_by_item (
    name    TEXT PRIMARY KEY,
    token   TEXT UNIQUE,
    item    TEXT NOT NULL,
    level   INTEGER NOT NULL,
    reasons TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO ratings_by_item SELECT lower(hex(randomblob(16))), token, 'unknown', level, reasons FROM ratings;
DROP TABLE ratings;
ALTER TABLE ratings_by_item RENAME TO ratings;
