-- A ticket that did not come out may be printed once more, marked DUPLICATA.
ALTER TABLE print_job ADD COLUMN duplicate INTEGER NOT NULL DEFAULT 0 CHECK (duplicate IN (0, 1));
CREATE UNIQUE INDEX print_job_duplicate ON print_job (day, number) WHERE duplicate = 1;
