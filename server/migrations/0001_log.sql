-- The log of each site, and what the server keeps beside it.

CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY, -- 'epoch', 'lookup_secret', 'training'
    value TEXT NOT NULL
) STRICT;

-- Append-only. No direct identifiers of persons: those stand in `person`.
CREATE TABLE event (
    site        TEXT    NOT NULL,
    seq         INTEGER NOT NULL, -- dense, from 1, in each site
    id          TEXT    NOT NULL UNIQUE,
    day         TEXT    NOT NULL, -- service day, ISO 8601
    kind        TEXT    NOT NULL,
    at          TEXT    NOT NULL, -- when it happened, UTC
    received_at TEXT    NOT NULL, -- when the server stored it, UTC
    envelope    TEXT    NOT NULL, -- JSON, see protocol::Envelope
    PRIMARY KEY (site, seq)
) STRICT, WITHOUT ROWID;

-- The fold of a site at the end of a day, so that start-up does not grow with the years.
CREATE TABLE fold (
    site   TEXT    NOT NULL PRIMARY KEY,
    seq    INTEGER NOT NULL, -- the last event folded in
    branch TEXT    NOT NULL  -- JSON, see domain::Branch
) STRICT;

-- How far the facts of each incarnation of each device are stored.
CREATE TABLE incarnation (
    device        TEXT    NOT NULL,
    incarnation   TEXT    NOT NULL,
    acked_through INTEGER NOT NULL,
    last_hash     TEXT    NOT NULL, -- of the fact acked_through; zeros before the first
    last_at       TEXT,             -- its time, which the next may not precede
    PRIMARY KEY (device, incarnation)
) STRICT, WITHOUT ROWID;

-- Facts that could not be read. Acknowledged, kept, shown to staff.
CREATE TABLE rejected_fact (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    site        TEXT    NOT NULL,
    device      TEXT    NOT NULL,
    incarnation TEXT    NOT NULL,
    seq         INTEGER NOT NULL,
    received_at TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    raw         TEXT    NOT NULL
) STRICT;

-- The answer to each command, so that a repeat gets the same.
CREATE TABLE command (
    id     TEXT NOT NULL PRIMARY KEY,
    at     TEXT NOT NULL,
    answer TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The one place of direct identifiers.
CREATE TABLE person (
    site       TEXT NOT NULL,
    booking    TEXT NOT NULL, -- domain::BookingKey
    reference  TEXT NOT NULL,
    last_name  TEXT,
    first_name TEXT,
    phone      TEXT,
    email      TEXT,
    birth_date TEXT,
    PRIMARY KEY (site, booking)
) STRICT, WITHOUT ROWID;

CREATE TABLE device (
    id         TEXT NOT NULL PRIMARY KEY,
    site       TEXT NOT NULL,
    kind       TEXT NOT NULL, -- 'kiosk' or 'board'
    name       TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    paired_at  TEXT NOT NULL,
    revoked_at TEXT
) STRICT;

CREATE TABLE pairing_code (
    code_hash  TEXT NOT NULL PRIMARY KEY,
    site       TEXT NOT NULL,
    kind       TEXT NOT NULL,
    name       TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT;

CREATE TABLE account (
    id            TEXT NOT NULL PRIMARY KEY,
    site          TEXT NOT NULL,
    name          TEXT NOT NULL,
    password_hash TEXT NOT NULL, -- argon2id, PHC string
    UNIQUE (site, name)
) STRICT;

CREATE TABLE session (
    token_hash TEXT NOT NULL PRIMARY KEY,
    account    TEXT NOT NULL REFERENCES account (id),
    expires_at TEXT NOT NULL
) STRICT;
