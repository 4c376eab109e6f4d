-- The tables of a journal, version 1, which never change: a file that holds other columns is
-- refused when opened. What later versions have added is in files of their own: sqlite_open.py.

CREATE TABLE journal (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    epoch TEXT NOT NULL,     -- changes with every restore
    instance TEXT NOT NULL   -- the server that may write: looked at again in every transaction
);

-- Without rowid: one tree instead of two, so no index can disagree with its table, a branch's
-- rows lie together, and reading is a quarter faster (measured with a million rows).
CREATE TABLE events (
    branch TEXT NOT NULL,
    seq INTEGER NOT NULL,
    day TEXT NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    command_id TEXT NOT NULL,
    type TEXT NOT NULL,
    data BLOB NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (branch, seq)
) WITHOUT ROWID;

-- Says the same as the last row of each branch. Without it a damaged file that has lost its last
-- rows would look like a shorter journal, and their numbers would be given again.
CREATE TABLE heads (
    branch TEXT NOT NULL PRIMARY KEY,
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL
) WITHOUT ROWID;

-- A cache. With rowid: its rows are large, and trees without rowid are slow with large rows.
CREATE TABLE snapshots (
    branch TEXT NOT NULL,
    seq INTEGER NOT NULL,
    schema TEXT NOT NULL,
    checksum TEXT NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (branch, seq)
);
