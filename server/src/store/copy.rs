//! Copies of the database: made while it is in use, checked whole, and put in its place again.

use super::{OpenError, StoreError, devices, log, open};
use domain::{DeviceId, SiteId, recovery::Awaited};
use protocol::pairing::DeviceKind;
use rusqlite::{Connection, OpenFlags, backup::Backup, params};
use std::{collections::BTreeMap, path::Path, time::Duration};
use uuid::Uuid;

/// Under which key a restored database says that its log has to recover, and whom it waits for.
const RESTORED: &str = "restored";

/// The devices that a restored log waits for, by their site.
pub(crate) type AwaitedBySite = BTreeMap<SiteId, BTreeMap<DeviceId, Awaited>>;

/// Copies a database as it is at this moment into a file of its own, while others read and write it.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let source = Connection::open_with_flags(from, flags)?;
    source.busy_timeout(Duration::from_secs(5))?;
    let mut target = Connection::open(to)?;
    // All pages in one step: a copy in pieces would begin anew with every write in between. Writers go on meanwhile.
    Backup::new(&source, &mut target)?.run_to_completion(i32::MAX, Duration::from_millis(100), None)?;
    // One file that says everything, without a log beside it.
    target.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    Ok(())
}

/// Passes if a copy is whole and this program can use it.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check_whole(path: &Path) -> Result<(), OpenError> {
    let failed = |source| OpenError::Sqlite { path: path.to_owned(), source };
    let damaged = |report| OpenError::Damaged { path: path.to_owned(), report };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(failed)?;
    open::sound(&db, path)?;
    let report: String = db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(failed)?;
    if report != "ok" {
        return Err(damaged(report));
    }
    let strays: u64 = db
        .query_row("SELECT COUNT(*) FROM pragma_foreign_key_check", [], |row| row.get(0))
        .map_err(failed)?;
    if strays > 0 {
        return Err(damaged(format!("{strays} rows refer to what is not there")));
    }
    let is_ours = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'meta')
                   AND EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'event')";
    match db.query_row(is_ours, [], |row| row.get(0)).map_err(failed)? {
        true => Ok(()),
        false => Err(damaged("it is no database of Guichet".into())),
    }
}

/// Who was enrolled in a database that may be damaged, with everything that lets them in.
pub(crate) fn enrolments(path: &Path) -> Result<Vec<devices::Enrolment>, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    devices::enrolments(&Connection::open_with_flags(path, flags)?)
}

/// Makes the log of a copy a new one: what devices know of the old one has to be handed back. Devices that the lost
/// database knew are enrolled or revoked as they were there.
pub(crate) fn begin_new_log(
    path: &Path,
    epoch: Uuid,
    lost: &[devices::Enrolment],
) -> Result<AwaitedBySite, NewLogError> {
    let db = open::open_writer(path)?;
    let transaction = db.unchecked_transaction().map_err(StoreError::from)?;
    for enrolment in lost {
        devices::take_over(&transaction, enrolment)?;
    }
    let mut awaited = AwaitedBySite::new();
    for device in devices::list(&transaction)?.into_iter().filter(|device| !device.revoked) {
        let gives_numbers = device.kind == DeviceKind::Kiosk;
        let known = Awaited { name: device.name, gives_numbers };
        awaited.entry(device.site).or_default().insert(device.device, known);
    }
    log::set_meta(&transaction, "epoch", &epoch.to_string())?;
    let text = protocol::json::to_text(&awaited).map_err(|_| StoreError::unreadable("devices", ""))?;
    log::set_meta(&transaction, RESTORED, &text)?;
    transaction
        .execute_batch("DELETE FROM handed_back; DELETE FROM returning_device; DELETE FROM pairing_code;")
        .map_err(StoreError::from)?;
    transaction.commit().map_err(StoreError::from)?;
    // Closed as the last one, it leaves a single file.
    db.close().map_err(|(_, error)| StoreError::from(error))?;
    Ok(awaited)
}

/// Why a copy could not be made the database.
#[derive(Debug, thiserror::Error)]
pub enum NewLogError {
    /// It cannot be opened to write.
    #[error("the backup")]
    Open(#[from] OpenError),
    /// It cannot be written.
    #[error("the backup")]
    Store(#[from] StoreError),
}

/// Whom the log waits for since it was restored, asked for once.
pub(crate) fn take_restored(db: &Connection) -> Result<Option<AwaitedBySite>, StoreError> {
    let Some(text) = log::meta(db, RESTORED)? else { return Ok(None) };
    db.execute("DELETE FROM meta WHERE key = ?1", params![RESTORED])?;
    protocol::json::from_text(&text).map(Some).map_err(|_| StoreError::unreadable("devices", text))
}
