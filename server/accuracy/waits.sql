-- What was told of waits, and what then happened. Beside the journal, in a file of its own: a
-- record that is lost or late must never be in the way of a call.

CREATE TABLE shown (
    id        INTEGER PRIMARY KEY,
    branch    TEXT    NOT NULL,
    day       TEXT    NOT NULL,
    at        INTEGER NOT NULL,           -- when it was shown first, UTC ms
    visit     INTEGER,                    -- NULL: whoever takes a number next
    since     INTEGER,                    -- from when on that wait counts; NULL: nobody's yet
    next      INTEGER NOT NULL,           -- 1: it was shown for whoever takes a number next
    first     INTEGER NOT NULL,           -- 1: the ticket was told this at first
    service   TEXT    NOT NULL,
    lane      TEXT    NOT NULL,
    low       INTEGER NOT NULL,           -- as people read it, whole minutes
    high      INTEGER NOT NULL,
    until     INTEGER,                    -- the latest time that was promised, UTC ms
    slipped   TEXT    NOT NULL,           -- why it had to be promised anew; '' it stands
    p10       REAL    NOT NULL,           -- as forecast, minutes
    p50       REAL    NOT NULL,
    p90       REAL    NOT NULL,
    sure_low  REAL    NOT NULL,           -- the calibrated 80 % range
    sure_high REAL    NOT NULL,
    latest    REAL    NOT NULL,
    learned   INTEGER NOT NULL,           -- 0: it rested on what is configured as usual
    ahead     INTEGER NOT NULL,
    counters  INTEGER NOT NULL,
    waiting   INTEGER NOT NULL,
    ended     TEXT    NOT NULL DEFAULT '',  -- called, left, changed; '' not yet
    ended_at  INTEGER
) STRICT;

CREATE INDEX shown_by_day ON shown (branch, day);
CREATE INDEX shown_by_visit ON shown (branch, visit) WHERE visit IS NOT NULL;

CREATE TABLE looked (                     -- how far the journal was read for what happened
    branch    TEXT    PRIMARY KEY,
    epoch     TEXT    NOT NULL,
    seq       INTEGER NOT NULL,
    rehearsal INTEGER NOT NULL
) STRICT;

CREATE TABLE kept (                       -- what was learned: a cache, made again when lost
    branch    TEXT    NOT NULL,
    what      TEXT    NOT NULL,
    day       TEXT    NOT NULL,
    shape     TEXT    NOT NULL,
    data      BLOB    NOT NULL,
    PRIMARY KEY (branch, what)
) STRICT;
