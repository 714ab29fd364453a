-- What a kiosk keeps. Times are RFC 3339 in UTC with milliseconds.

-- Who this kiosk is, once it is paired, and the head of its chain of facts.
CREATE TABLE identity (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    server      TEXT NOT NULL,
    authority   TEXT,              -- PEM; absent when a public authority is trusted
    device      TEXT NOT NULL,
    site        TEXT NOT NULL,
    name        TEXT NOT NULL,
    token       TEXT NOT NULL,
    lookup      TEXT NOT NULL,
    follow_url  TEXT,
    incarnation TEXT NOT NULL,
    lane        TEXT NOT NULL,
    last_seq    INTEGER NOT NULL DEFAULT 0,
    last_hash   TEXT NOT NULL
) STRICT;

-- The server's state at a place in its log, and the events that came after it.
CREATE TABLE replica (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    cursor TEXT NOT NULL,
    branch TEXT NOT NULL
) STRICT;

CREATE TABLE stream_event (
    place    INTEGER PRIMARY KEY,
    cursor   TEXT NOT NULL,
    envelope TEXT NOT NULL
) STRICT;

-- What this kiosk stated. `acked`: the server has stored it. `settled`: the replica contains it.
CREATE TABLE fact (
    incarnation TEXT NOT NULL,
    seq         INTEGER NOT NULL,
    id          TEXT NOT NULL UNIQUE,
    day         TEXT NOT NULL,
    at          TEXT NOT NULL,
    envelope    TEXT NOT NULL,
    acked       INTEGER NOT NULL DEFAULT 0 CHECK (acked IN (0, 1)),
    settled     INTEGER NOT NULL DEFAULT 0 CHECK (settled IN (0, 1)),
    PRIMARY KEY (incarnation, seq)
) STRICT;

CREATE INDEX fact_to_send ON fact (incarnation, seq) WHERE acked = 0;
CREATE INDEX fact_unsettled ON fact (incarnation, seq) WHERE settled = 0;

-- Every number that this kiosk gave. The key refuses to give one twice on a day.
CREATE TABLE ticket (
    day    TEXT NOT NULL,
    number TEXT NOT NULL,
    visit  TEXT NOT NULL,
    PRIMARY KEY (day, number)
) STRICT;

CREATE TABLE print_job (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    day     TEXT NOT NULL,
    number  TEXT NOT NULL,
    state   TEXT NOT NULL CHECK (state IN ('sending', 'printed', 'sent', 'failed', 'unknown', 'answered')),
    reason  TEXT,
    FOREIGN KEY (day, number) REFERENCES ticket (day, number) ON DELETE CASCADE
) STRICT;

CREATE INDEX print_job_open ON print_job (state) WHERE state IN ('sending', 'unknown');

-- The server's clock, when it was last heard.
CREATE TABLE anchor (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    boot_id     TEXT NOT NULL,
    boot_millis INTEGER NOT NULL,
    server      TEXT NOT NULL,
    wall        TEXT NOT NULL
) STRICT;
