-- What version 3 has added: what became of notices to customers. See outbox.py.

CREATE TABLE outbox (
    branch TEXT NOT NULL,
    notice TEXT NOT NULL,    -- of which appointment, for the how manieth time, what about
    state TEXT NOT NULL,     -- waiting, sent or dropped
    reason TEXT NOT NULL,    -- why it was dropped, or failed the last time
    tries INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    at INTEGER NOT NULL,     -- of the last try
    PRIMARY KEY (branch, notice)
) WITHOUT ROWID;
