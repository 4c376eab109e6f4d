-- What version 2 has added: private rows. See sqlite_private.py for why they lie as they do.

CREATE TABLE private (
    branch TEXT NOT NULL,
    subject TEXT NOT NULL,
    field TEXT NOT NULL,
    slot INTEGER NOT NULL,   -- where the value is
    handle BLOB NOT NULL,    -- empty for most
    purge_at INTEGER NOT NULL,
    PRIMARY KEY (branch, subject, field)
) WITHOUT ROWID;

CREATE INDEX private_due ON private (purge_at);
CREATE INDEX private_found ON private (branch, handle) WHERE handle <> x'';

-- The values. A row here is never deleted and never changes its size.
CREATE TABLE private_slots (
    slot INTEGER PRIMARY KEY,
    value BLOB NOT NULL
);

CREATE TABLE private_free (
    size INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    PRIMARY KEY (size, slot)
) WITHOUT ROWID;
