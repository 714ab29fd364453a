//! How the programs read their configuration: a TOML file, and environment variables that stand over its
//! keys. `PREFIX__LISTEN__HTTPS=0.0.0.0:443` stands over `listen.https`.
//!
//! What belongs here: finding what the operator wrote, and saying what is wrong with it in words that name
//! the file or the variable, and the key. What a key means stands with the program that reads it.

mod variables;
mod words;

use serde::de::DeserializeOwned;
use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};
use toml::Value;
use variables::Variable;

/// What is wrong with a configuration, in words for the operator.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is not there or not readable.
    #[error("{path}: {reason}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The file does not say what it should.
    #[error("{path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// Where and what.
        reason: String,
    },
    /// An environment variable does not say what it should.
    #[error("the environment variable {name}: {reason}")]
    Variable {
        /// The variable as it is set.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// It says something impossible.
    #[error("{}", faults.join("\n"))]
    Faults {
        /// Each fault.
        faults: Vec<String>,
    },
}

/// Reads a file, and the variables of this process whose names begin with `prefix` and two underscores.
///
/// # Errors
/// The first thing that is wrong. What is impossible in itself is for the caller to find: see [`Error::Faults`].
pub fn load<T: DeserializeOwned>(path: &Path, prefix: &str) -> Result<T, Error> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let reason = match error.kind() {
            ErrorKind::NotFound => "there is no such file".into(),
            ErrorKind::IsADirectory => "this is a folder, not a file".into(),
            ErrorKind::InvalidData => "this is not a text in UTF-8".into(),
            ErrorKind::PermissionDenied => "this user may not read it".into(),
            _ => error.to_string(),
        };
        Error::Read { path: path.to_owned(), reason }
    })?;
    read(path, &text, prefix, std::env::vars())
}

/// The same from a text and variables that are given.
///
/// # Errors
/// As [`load`]; `path` is only named in errors.
pub fn read<T: DeserializeOwned>(
    path: &Path,
    text: &str,
    prefix: &str,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<T, Error> {
    let in_file = |reason: String| Error::File { path: path.to_owned(), reason };
    let mut root: Value =
        toml::from_str(text).map_err(|error: toml::de::Error| in_file(words::syntax(&error)))?;
    let mut variables = variables::find(prefix, environment);
    for variable in &variables {
        variable.lay_over(&mut root)?;
    }
    loop {
        let error = match serde_path_to_error::deserialize(root.clone()) {
            Ok(read) => return Ok(read),
            Err(error) => error,
        };
        let (key, problem) = (error.path().to_string(), error.inner().message().to_owned());
        let Some(variable) = variables.iter_mut().find(|variable| variable.is_about(&key, &problem)) else {
            return Err(in_file(words::fault(&key, &problem, line(text, &error))));
        };
        // `59` may be meant as a text: it is read as one where a number does not fit.
        if !variable.read_as_text() {
            let Variable { name, .. } = variable;
            return Err(Error::Variable { name: name.clone(), reason: words::fault(&key, &problem, None) });
        }
        variable.lay_over(&mut root)?;
    }
}

/// The line of a key, as an editor counts.
fn line(text: &str, error: &serde_path_to_error::Error<toml::de::Error>) -> Option<usize> {
    let offset = error.inner().span()?.start;
    Some(text.get(..offset)?.lines().count().max(1))
}

#[cfg(test)]
mod tests;
