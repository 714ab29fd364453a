-- A supervisor may also choose whom to call.
ALTER TABLE account ADD COLUMN role TEXT NOT NULL DEFAULT 'agent' CHECK (role IN ('agent', 'supervisor'));
