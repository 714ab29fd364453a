-- What the server told on the present day, also what the replica contains: a server that was restored from a backup is
-- told it back.
CREATE TABLE tail (
    place    INTEGER PRIMARY KEY,
    epoch    TEXT    NOT NULL, -- the incarnation of the server's log
    seq      INTEGER NOT NULL, -- the event's place in it
    day      TEXT    NOT NULL,
    envelope TEXT    NOT NULL
) STRICT;

-- What else was known of the log that was lost, until it is handed back.
CREATE TABLE lost_log (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    part TEXT NOT NULL -- JSON, see protocol::recovery::HandBack
) STRICT;
