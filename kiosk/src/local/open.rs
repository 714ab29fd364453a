//! Opening the file: permissions, pragmas, migrations, refusals.

use super::LocalStore;
use fail::fail_point;
use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use std::{
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// Older ones have a bug that can corrupt a database in WAL mode.
const SQLITE_MIN: i32 = 3_051_003;

/// Each file brings the schema from its index to the next version.
const MIGRATIONS: [&str; 5] = [
    include_str!("../../migrations/0001_local.sql"),
    include_str!("../../migrations/0002_tail.sql"),
    include_str!("../../migrations/0003_duplicate.sql"),
    include_str!("../../migrations/0004_rejected.sql"),
    include_str!("../../migrations/0005_operator.sql"),
];

/// Why the database cannot be used. It is never deleted or made anew.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The library is too old.
    #[error("SQLite {0} is older than 3.51.3, which mends a bug that corrupts databases: refusing to start")]
    OldSqlite(&'static str),
    /// The folder or the file cannot be made.
    #[error("cannot make {path}")]
    Create {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Another kiosk works with it.
    #[error("{path} is in use: another guichet-kiosk is running with the same data_dir")]
    InUse {
        /// The file.
        path: PathBuf,
    },
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
    /// The file is damaged.
    #[error(
        "{path} is damaged ({report}): keep it for the technician, and pair the kiosk anew with an empty data_dir"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite's check says.
        report: String,
    },
}

impl OpenError {
    /// Whether there is no room on the disk: it works again when there is.
    pub fn is_full(&self) -> bool {
        match self {
            Self::Create { source, .. } => source.kind() == std::io::ErrorKind::StorageFull,
            Self::Sqlite { source, .. } => source.sqlite_error_code() == Some(ErrorCode::DiskFull),
            _ => false,
        }
    }
}

impl LocalStore {
    /// Opens the database, which only its owner may read, and brings the schema up to date.
    ///
    /// # Errors
    /// If the file cannot be used as it is.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        if rusqlite::version_number() < SQLITE_MIN {
            return Err(OpenError::OldSqlite(rusqlite::version()));
        }
        create_private(path)?;
        let failed = |source: rusqlite::Error| match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                OpenError::InUse { path: path.to_owned() }
            }
            _ => OpenError::Sqlite { path: path.to_owned(), source },
        };
        let mut db = Connection::open(path).map_err(failed)?;
        pragmas(&db).map_err(failed)?;
        let report: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(failed)?;
        if report != "ok" {
            return Err(OpenError::Damaged { path: path.to_owned(), report });
        }
        let found = db
            .query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0))
            .map(|version| usize::try_from(version).unwrap_or(usize::MAX))
            .map_err(failed)?;
        if found > MIGRATIONS.len() {
            return Err(OpenError::Newer { path: path.to_owned(), found, known: MIGRATIONS.len() });
        }
        let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        for migration in &MIGRATIONS[found..] {
            transaction.execute_batch(migration).map_err(failed)?;
        }
        transaction.pragma_update(None, "user_version", MIGRATIONS.len()).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        Ok(Self { db })
    }
}

/// The folder and the file, before SQLite makes them: it gives its side files the same permissions.
fn create_private(path: &Path) -> Result<(), OpenError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| OpenError::Create { path, source }
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed(folder))?;
    }
    std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path).map_err(failed(path))?;
    Ok(())
}

fn pragmas(db: &Connection) -> rusqlite::Result<()> {
    // A kiosk that was just killed may hold its lock for a moment.
    db.busy_timeout(std::time::Duration::from_secs(1))?;
    // The file belongs to one process: EXCLUSIVE keeps its lock, and a second kiosk is told at once.
    // FULL: a ticket in somebody's hand survives a power cut. NORMAL would not keep it.
    db.execute_batch(
        "PRAGMA locking_mode = EXCLUSIVE;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA secure_delete = ON;
         PRAGMA journal_size_limit = 16777216;",
    )?;
    // A proof has to see what is lost then, or it could see nothing.
    fail_point!("kiosk-not-durable", |_| db.execute_batch("PRAGMA synchronous = NORMAL"));
    Ok(())
}
