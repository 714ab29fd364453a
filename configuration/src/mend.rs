//! Reading on after something that cannot be read, so that an operator hears of all of it at once.

use crate::key::Key;
use toml::Value;

/// What a parser stopped at.
pub(crate) struct Unfit {
    /// Where.
    pub key: Key,
    /// What it has to be.
    pub reason: String,
    /// Whether nothing is lost without it: no such key is known.
    pub is_unknown: bool,
}

/// What could not be read, and was put out of the way.
#[derive(Default)]
pub(crate) struct Mends {
    /// In the order in which it was found; each tells a fault.
    pub faults: Vec<Unfit>,
}

impl Mends {
    /// Whether what was read is what was written, but for keys that mean nothing.
    pub fn are_removals(&self) -> bool {
        self.faults.iter().all(|unfit| unfit.is_unknown)
    }

    /// Notes a fault and puts in its place what the sample writes there, or nothing. False when it does not help to
    /// read on: the place was mended before.
    pub fn mend(&mut self, unfit: Unfit, root: &mut Value, sample: &str) -> bool {
        let key = unfit.key.clone();
        if self.faults.iter().any(|known| known.key.is_in(&key) || key.is_in(&known.key)) {
            return false;
        }
        let example = || key.find_alike(&toml::from_str(sample).ok()?).cloned();
        let value = if unfit.is_unknown { None } else { example() };
        self.faults.push(unfit);
        match value {
            Some(value) => put(root, key.parts(), value),
            None => remove(root, key.parts()),
        }
    }
}

/// Puts a value where a key says; false if there is no such section.
fn put(root: &mut Value, key: &[String], value: Value) -> bool {
    let Some((last, sections)) = key.split_last() else { return false };
    let Some(Value::Table(table)) = find(root, sections) else { return false };
    table.insert(last.clone(), value);
    true
}

/// Takes out what a key names, or the nearest thing around it that can be taken out. A list is emptied, so that the
/// places of others in it are not told wrongly.
fn remove(root: &mut Value, key: &[String]) -> bool {
    let Some((last, sections)) = key.split_last() else { return false };
    match find(root, sections) {
        Some(Value::Table(table)) if table.contains_key(last) => table.remove(last).is_some(),
        Some(Value::Array(list)) if !list.is_empty() => {
            list.clear();
            true
        }
        _ => remove(root, sections),
    }
}

fn find<'v>(root: &'v mut Value, key: &[String]) -> Option<&'v mut Value> {
    key.iter().try_fold(root, |place, part| match place {
        Value::Table(table) => table.get_mut(part),
        Value::Array(list) => list.get_mut(part.trim_matches(['[', ']']).parse::<usize>().ok()?),
        _ => None,
    })
}
