-- Facts that the server keeps and cannot use, as it said: for the operator.
CREATE TABLE rejected (
    incarnation TEXT    NOT NULL,
    seq         INTEGER NOT NULL,
    reason      TEXT    NOT NULL,
    PRIMARY KEY (incarnation, seq)
) STRICT, WITHOUT ROWID;
