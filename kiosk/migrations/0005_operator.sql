-- The operator's page: its PIN, and lists on paper.

CREATE TABLE operator (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    pin      TEXT NOT NULL,             -- how it is recognised: argon2id, as a PHC string
    failures INTEGER NOT NULL DEFAULT 0 -- wrong ones since the last right one
) STRICT;

-- A list bears no number. SQLite cannot take NOT NULL off a column, so that the table is made anew.
CREATE TABLE print_job_anew (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    day     TEXT NOT NULL,
    number  TEXT,                       -- absent for a list
    state   TEXT NOT NULL CHECK (state IN ('sending', 'printed', 'sent', 'failed', 'unknown', 'answered')),
    reason  TEXT,
    duplicate INTEGER NOT NULL DEFAULT 0 CHECK (duplicate IN (0, 1)), -- a ticket that is printed once more
    FOREIGN KEY (day, number) REFERENCES ticket (day, number) ON DELETE CASCADE
) STRICT;
INSERT INTO print_job_anew SELECT id, day, number, state, reason, duplicate FROM print_job;
DROP TABLE print_job;
ALTER TABLE print_job_anew RENAME TO print_job;
CREATE INDEX print_job_open ON print_job (state) WHERE state IN ('sending', 'unknown');
CREATE UNIQUE INDEX print_job_duplicate ON print_job (day, number) WHERE duplicate = 1;
