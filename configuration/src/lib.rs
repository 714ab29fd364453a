//! How the programs read their configuration: a TOML file, and environment variables that stand over its
//! keys. `PREFIX__LISTEN__HTTPS=0.0.0.0:443` stands over `listen.https`.
//!
//! What belongs here: finding what the operator wrote, and saying what is wrong with it in words that name
//! the file or the variable, and the key. What a key means stands with the program that reads it.

mod file;
mod key;
mod mend;
mod variables;
mod words;

use file::File;
use key::Key;
use mend::Mends;
use serde::de::DeserializeOwned;
use std::{ffi::OsString, path::Path};
use toml::Value;
use variables::Variable;

/// What a program reads.
pub trait Configuration: DeserializeOwned {
    /// What the names of variables begin with, before two underscores.
    const PREFIX: &str;
    /// A configuration that can be used, to show how a missing key is written.
    const SAMPLE: &str;
    /// The keys, such as `data_dir`, whose values are paths from the file's own folder: a program is called from
    /// anywhere. In a variable a path begins where the program is called, as its writer expects.
    const PATHS: &[&str] = &[];

    /// Everything that can be read and is impossible all the same.
    fn faults(&self) -> Vec<Fault>;
}

/// A value that is impossible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which, such as `listen.https`.
    pub key: String,
    /// What it has to be. The value itself is told with it.
    pub reason: String,
}

impl Fault {
    /// A fault of a key.
    pub fn new(key: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { key: key.into(), reason: reason.into() }
    }
}

/// What is wrong with a configuration: a sentence for each fault, which begins with the file or the variable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", faults.join("\n"))]
pub struct Error {
    /// The sentences; at least one.
    pub faults: Vec<String>,
}

impl Error {
    fn one(fault: String) -> Self {
        Self { faults: vec![fault] }
    }
}

/// Reads a file and the variables of this process.
///
/// # Errors
/// Everything that is wrong. Where a value cannot be read, what follows from it is not told: it may be no fault
/// once the value is right.
pub fn load<C: Configuration>(path: &Path) -> Result<C, Error> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Error::one(format!("{}: {}", path.display(), words::unreadable(&error))))?;
    read(path, &text, std::env::vars_os())
}

/// The same from a text and variables that are given; `path` is only named.
///
/// # Errors
/// As [`load`].
pub fn read<C: Configuration>(
    path: &Path,
    text: &str,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<C, Error> {
    let file = File::parse(path, text).map_err(Error::one)?;
    let mut root = file.value();
    for key in C::PATHS {
        resolve(&mut root, &Key::parse(key), path);
    }
    let mut variables = variables::find(C::PREFIX, environment).map_err(Error::one)?;
    for variable in &mut variables {
        variable.lay_over(&mut root).map_err(Error::one)?;
    }
    let mut mends = Mends::default();
    let config: Option<C> = loop {
        let error = match serde_path_to_error::deserialize(root.clone()) {
            Ok(config) => break Some(config),
            Err(error) => error,
        };
        let key = Key::of(error.path());
        // `59` may be meant as a text: it is read as one where a number does not fit.
        if let Some(variable) = variables.iter_mut().find(|variable| variable.key == key)
            && variable.read_as_text()
        {
            variable.lay_over(&mut root).map_err(Error::one)?;
            continue;
        }
        let unfit = words::unfit(key, error.inner().message(), C::SAMPLE);
        if !mends.mend(unfit, &mut root, C::SAMPLE) {
            break None;
        }
    };
    let is_as_written = mends.are_removals();
    let impossible = config.as_ref().filter(|_| is_as_written).map(C::faults).unwrap_or_default();
    let told = |key: &Key, reason: &str| tell(&file, &variables, key, reason);
    let unreadable = mends.faults.iter().map(|unfit| told(&unfit.key, &unfit.reason));
    let impossible = impossible.iter().map(|fault| told(&Key::parse(&fault.key), &fault.reason));
    let faults: Vec<String> = unreadable.chain(impossible).collect();
    config.filter(|_| faults.is_empty()).ok_or(Error { faults })
}

/// Makes a path begin at the folder of the file in which it is written.
fn resolve(root: &mut Value, key: &Key, file: &Path) {
    let place = key.parts().iter().try_fold(root, |place, part| place.get_mut(part));
    if let (Some(Value::String(path)), Some(folder)) = (place, file.parent())
        && let Some(resolved) = folder.join(&*path).to_str()
    {
        *path = resolved.to_owned();
    }
}

/// A fault in one sentence: where it was written, what, and what is wrong with it.
fn tell(file: &File, variables: &[Variable], key: &Key, reason: &str) -> String {
    // The last one that set it. One that made a section answers for what the section lacks.
    let set = |variable: &&Variable| key.is_in(&variable.key);
    let made = |variable: &&Variable| file.line(key).is_none() && key.parent().is_section_of(&variable.key);
    match variables.iter().rev().find(set).or_else(|| variables.iter().rev().find(made)) {
        Some(variable) if variable.key == *key => {
            format!(
                "environment variable {}: {reason}",
                words::with_value(&variable.name, Some(&variable.text))
            )
        }
        Some(variable) => format!("environment variable {}: {key}: {reason}", variable.name),
        None => {
            let line = file.line(key).map(|line| format!(", line {line}")).unwrap_or_default();
            let what = words::with_value(&key.to_string(), file.written(key));
            format!("{}{line}: {what}: {reason}", file.path.display())
        }
    }
}

/// What the sample writes for a key, in one line.
fn example(sample: &str, key: &Key) -> Option<String> {
    let root: Value = toml::from_str(sample).ok()?;
    let example = key.find_alike(&root)?.to_string();
    words::is_short(&example).then_some(example)
}

#[cfg(test)]
mod tests;
