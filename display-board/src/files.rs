//! Writing a small file so that it is there whole or not at all. What is in it belongs elsewhere.

use chrono::{DateTime, Utc};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// A file that could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Not written; what was there before is still there.
    #[error("cannot write {path}")]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Not read.
    #[error("cannot read {path}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Read, but it is not what it should be.
    #[error("{path} is not what this program wrote")]
    Content {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
}

/// Writes `value` as JSON, for the owner alone, durably: after a power cut the file is the old one or
/// the new one. Makes the folder if it is not there.
///
/// # Errors
/// If the disk does not take it.
pub fn write_whole(path: &Path, value: &impl serde::Serialize) -> Result<(), FileError> {
    let error = |source| FileError::Write { path: path.to_owned(), source };
    let text = protocol::json::to_text(value).map_err(|source| error(source.into()))?;
    replace(path, text.as_bytes()).map_err(error)
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let beside = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    // The new name is durable only when the folder is.
    File::open(folder)?.sync_all()
}

/// Reads what [`write_whole`] wrote; `None` if there is no such file.
///
/// # Errors
/// If the file is there and cannot be read.
pub fn read_whole<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Option<T>, FileError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(FileError::Read { path: path.to_owned(), source }),
    };
    protocol::json::from_text(&String::from_utf8_lossy(&bytes))
        .map(Some)
        .map_err(|source| FileError::Content { path: path.to_owned(), source })
}

/// When a file was written, by this machine's clock.
///
/// # Errors
/// If nobody can say.
pub fn written(path: &Path) -> Result<DateTime<Utc>, FileError> {
    let written = fs::metadata(path).and_then(|file| file.modified());
    written.map(Into::into).map_err(|source| FileError::Read { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_is_replaced_and_belongs_to_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/down/x.json");
        assert_eq!(read_whole::<u8>(&path).unwrap(), None);
        write_whole(&path, &1u8).unwrap();
        write_whole(&path, &2u8).unwrap();
        assert_eq!(read_whole::<u8>(&path).unwrap(), Some(2));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_torn_file_is_told_and_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.json");
        fs::write(&path, "{\"a\":").unwrap();
        assert!(matches!(read_whole::<u8>(&path), Err(FileError::Content { .. })));
    }
}
