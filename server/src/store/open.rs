//! Opening the file: pragmas, migrations, refusals.

use super::StoreError;
use rusqlite::{Connection, OpenFlags};
use std::{
    path::{Path, PathBuf},
    sync::Mutex,
};

/// Older ones have a bug that can corrupt a database in WAL mode.
const SQLITE_MIN: i32 = 3_051_003;

/// Each file brings the schema from its index to the next version.
const MIGRATIONS: [&str; 4] = [
    include_str!("../../migrations/0001_log.sql"),
    include_str!("../../migrations/0002_role.sql"),
    include_str!("../../migrations/0003_recovery.sql"),
    include_str!("../../migrations/0004_rejected_index.sql"),
];

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The library is too old.
    #[error("SQLite {0} is older than 3.51.3, which mends a bug that corrupts databases: refusing to start")]
    OldSqlite(&'static str),
    /// A newer program wrote the file.
    #[error(
        "{path} was written by a newer version of Guichet (schema {found}, this program knows {known}): refusing to open it"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: usize,
        /// Ours.
        known: usize,
    },
    /// SQLite cannot open it.
    #[error("cannot open {path}")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rusqlite::Error,
    },
    /// The file is damaged. Nothing is deleted or made anew: a backup has to be restored.
    #[error("{path} is damaged ({report}): restore a backup; the file is left as it is")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite's check says.
        report: String,
    },
}

/// Opens the one connection that writes, and brings the schema up to date.
///
/// # Errors
/// If the file cannot be used as it is; it is never deleted or made anew.
pub fn open_writer(path: &Path) -> Result<Connection, OpenError> {
    if rusqlite::version_number() < SQLITE_MIN {
        return Err(OpenError::OldSqlite(rusqlite::version()));
    }
    let failed = |source| OpenError::Sqlite { path: path.to_owned(), source };
    let mut db = Connection::open(path).map_err(failed)?;
    pragmas(&db).map_err(failed)?;
    let found = sound(&db, path)?;
    let transaction =
        db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(failed)?;
    for migration in &MIGRATIONS[found..] {
        transaction.execute_batch(migration).map_err(failed)?;
    }
    transaction.execute_batch(&format!("PRAGMA user_version = {}", MIGRATIONS.len())).map_err(failed)?;
    transaction.commit().map_err(failed)?;
    Ok(db)
}

/// The version of the schema of a file that is whole and not newer than this program.
pub(super) fn sound(db: &Connection, path: &Path) -> Result<usize, OpenError> {
    let failed = |source| OpenError::Sqlite { path: path.to_owned(), source };
    let report: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(failed)?;
    if report != "ok" {
        return Err(OpenError::Damaged { path: path.to_owned(), report });
    }
    let found: usize = db
        .query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0))
        .map(|version| usize::try_from(version).unwrap_or(usize::MAX))
        .map_err(failed)?;
    let known = MIGRATIONS.len();
    if found > known { Err(OpenError::Newer { path: path.to_owned(), found, known }) } else { Ok(found) }
}

/// Opens a file to look at it, and makes nothing beside it, where SQLite would otherwise keep its own files.
///
/// # Errors
/// If a server could not use it.
pub(crate) fn open_to_examine(path: &Path, is_in_use: bool) -> Result<Connection, OpenError> {
    let failed = |source| OpenError::Sqlite { path: path.to_owned(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    // A file that nobody uses and that was closed well can be read as one that never changes.
    let has_log = path.with_extension("sqlite3-wal").exists();
    let db = if is_in_use || has_log {
        Connection::open_with_flags(path, flags)
    } else {
        let uri = format!("file:{}?immutable=1", escaped(path));
        Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)
    };
    let db = db.map_err(failed)?;
    db.busy_timeout(std::time::Duration::from_secs(5)).map_err(failed)?;
    sound(&db, path)?;
    Ok(db)
}

/// A path within a URI: SQLite reads `%`, `?` and `#` as signs of the URI.
fn escaped(path: &Path) -> String {
    path.display().to_string().replace('%', "%25").replace('?', "%3f").replace('#', "%23")
}

/// Statements that a connection keeps ready: all that are used more than now and then.
const STATEMENTS_READY: usize = 64;

fn pragmas(db: &Connection) -> rusqlite::Result<()> {
    db.set_prepared_statement_cache_capacity(STATEMENTS_READY);
    db.busy_timeout(std::time::Duration::from_secs(5))?;
    // FULL: an acknowledged event survives a power cut. NORMAL would not keep it.
    db.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA secure_delete = ON;
         PRAGMA journal_size_limit = 67108864;",
    )?;
    // A proof has to see what is lost then, or it could see nothing.
    fail::fail_point!("server-not-durable", |_| db.execute_batch("PRAGMA synchronous = NORMAL"));
    Ok(())
}

/// A few connections that only read.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

/// More readers than this are opened and closed again.
const IDLE_MAX: usize = 4;

impl Reader {
    /// Reads the file at `path`, which the writer opened before.
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), idle: Mutex::new(Vec::new()) }
    }

    /// Runs a query on one of the connections. Blocking: a few rows by key, or on a blocking thread.
    ///
    /// # Errors
    /// If SQLite or the query fails.
    pub fn read<T>(&self, query: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop();
        let db = match idle {
            Some(db) => db,
            None => self.open()?,
        };
        let answer = query(&db);
        let mut idle = self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if idle.len() < IDLE_MAX {
            idle.push(db);
        }
        answer
    }

    fn open(&self) -> Result<Connection, StoreError> {
        let db = Connection::open_with_flags(
            &self.path,
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        db.busy_timeout(std::time::Duration::from_secs(5))?;
        db.execute_batch("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF;")?;
        Ok(db)
    }
}
