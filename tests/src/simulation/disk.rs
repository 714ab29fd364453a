//! Disks that are full for a while. SQLite itself is told, on the program's own connection, that the file may not grow:
//! it refuses as it does where there is no room.

use rusqlite::{
    Connection,
    auto_extension::{init_auto_extension, register_auto_extension},
    ffi,
};
use std::{
    cell::RefCell,
    ffi::{c_char, c_int},
    sync::Once,
};

/// More pages than any file has.
const PAGES_MAX: u32 = u32::MAX - 1;

thread_local! {
    /// What was opened in this thread while somebody watches.
    static OPENED: RefCell<Option<Vec<Connection>>> = const { RefCell::new(None) };
}

/// The room on the disk of a program that runs. It must not be used when the program has ended.
pub struct Room {
    database: Option<Connection>,
    /// Whether there is none left.
    pub is_full: bool,
}

/// Starts a program that opens its database first.
pub fn watch<T>(start: impl FnOnce() -> T) -> (T, Room) {
    listen();
    OPENED.set(Some(Vec::new()));
    let started = start();
    let opened = OPENED.take().unwrap_or_default();
    (started, Room { database: opened.into_iter().next(), is_full: false })
}

impl Room {
    /// Fills the disk, or makes room again.
    ///
    /// # Errors
    /// If SQLite does not take that.
    pub fn fill(&mut self, is_full: bool) -> rusqlite::Result<()> {
        let Some(database) = &self.database else { return Ok(()) };
        let used: u32 = database.pragma_query_value(None, "page_count", |row| row.get(0))?;
        let most = if is_full { used } else { PAGES_MAX };
        // It answers with the number.
        database.pragma_update_and_check(None, "max_page_count", most, |_| Ok(()))?;
        self.is_full = is_full;
        Ok(())
    }
}

fn note(database: Connection) -> rusqlite::Result<()> {
    OPENED.with_borrow_mut(|opened| opened.as_mut().map(|opened| opened.push(database)));
    Ok(())
}

/// Hears of every database that is opened. Once for the whole process, because SQLite is one.
#[expect(
    unsafe_code,
    reason = "only so does SQLite tell of a connection that the programs keep to themselves"
)]
fn listen() {
    unsafe extern "C" fn opened(
        database: *mut ffi::sqlite3,
        error: *mut *mut c_char,
        _: *const ffi::sqlite3_api_routines,
    ) -> c_int {
        // SAFETY: `note` opens and closes nothing.
        unsafe { init_auto_extension(database, error, note) }
    }
    static LISTENS: Once = Once::new();
    LISTENS.call_once(|| {
        // SAFETY: as above. Without it no disk is ever full, and the tests say that too little happened.
        let _registered = unsafe { register_auto_extension(opened) };
    });
}
