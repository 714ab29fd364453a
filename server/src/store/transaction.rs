//! Groups of jobs in one transaction, each job in a savepoint.

use super::StoreError;
use rusqlite::Connection;

/// Each of these runs for every group or job: it is prepared once.
fn run(db: &Connection, sql: &str) -> Result<(), StoreError> {
    db.prepare_cached(sql)?.execute([])?;
    Ok(())
}

/// Begins a group.
pub(crate) fn begin(db: &Connection) -> Result<(), StoreError> {
    run(db, "BEGIN IMMEDIATE")
}

/// Begins a job.
pub(crate) fn begin_job(db: &Connection) -> Result<(), StoreError> {
    run(db, "SAVEPOINT job")
}

/// Keeps what the job did, for the group's commit.
pub(crate) fn keep_job(db: &Connection) -> Result<(), StoreError> {
    run(db, "RELEASE job")
}

/// Whether the group's transaction still stands: a full disk can make SQLite give it up.
pub(crate) fn is_open(db: &Connection) -> bool {
    !db.is_autocommit()
}

/// Takes back what the job did.
pub(crate) fn undo_job(db: &Connection) -> Result<(), StoreError> {
    Ok(db.execute_batch("ROLLBACK TO job; RELEASE job")?)
}

/// Makes the group durable. Never tried twice.
pub(crate) fn commit(db: &Connection) -> Result<(), StoreError> {
    run(db, "COMMIT")
}

/// Takes back the whole group, if SQLite has not done so itself.
pub(crate) fn undo_group(db: &Connection) -> Result<(), StoreError> {
    if db.is_autocommit() { Ok(()) } else { Ok(db.execute_batch("ROLLBACK")?) }
}
