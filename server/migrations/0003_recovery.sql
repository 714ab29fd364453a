-- What devices hand back of a log that was lost, until the recovery of their site ends.
CREATE TABLE handed_back (
    site     TEXT    NOT NULL,
    epoch    TEXT    NOT NULL, -- the incarnation of the log that was lost
    seq      INTEGER NOT NULL, -- its place there
    id       TEXT    NOT NULL,
    device   TEXT    NOT NULL, -- who handed it back first
    envelope TEXT    NOT NULL,
    taken    INTEGER NOT NULL DEFAULT 0 CHECK (taken IN (0, 1)), -- whether it is in the log now
    PRIMARY KEY (site, epoch, seq, id)
) STRICT, WITHOUT ROWID;

-- The devices that handed back all, and the last fact that each had stated by then: what it states later is new.
CREATE TABLE returning_device (
    device      TEXT    NOT NULL PRIMARY KEY,
    incarnation TEXT, -- absent for boards
    through     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
