//! A disk as a power cut leaves it: what was synced is there; of the rest any part may be.
//!
//! The model is that of a journaling file system on a disk that is honest about a sync. Names change in their
//! order, up to any of them; the bytes of a file are written back in sectors of 512, each on its own and at any
//! moment, so that a later write can be there and an earlier one not, and any write can be torn. A file's
//! length is the one after any of its changes.

use super::trace::{Call, Deed};
use anyhow::Context;
use rand::Rng;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// What a disk writes at once.
const SECTOR: u64 = 512;

/// How much of what was not synced is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsynced {
    /// Nothing of it.
    Lost,
    /// Any part of it.
    Torn,
    /// All of it, as if the power had stayed.
    Kept,
}

/// A change of a file that is not synced.
#[derive(Clone, Debug)]
struct Change {
    ended: usize,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Bytes(u64, Vec<u8>),
    Length(u64),
}

/// A file, whatever its name.
#[derive(Clone, Debug, Default)]
struct File {
    synced: Vec<u8>,
    since: Vec<Change>,
}

/// A change of names that is not synced.
#[derive(Clone, Debug)]
enum Naming {
    Made(PathBuf, usize),
    Gone(PathBuf),
    Moved(PathBuf, PathBuf),
}

/// The names of files, by which they are found.
type Names = BTreeMap<PathBuf, usize>;

/// The files of one folder, as they are on the disk and on the way there.
#[derive(Clone, Debug)]
pub struct Disk {
    folder: PathBuf,
    files: Vec<File>,
    synced_names: Names,
    names: Names,
    since: Vec<(usize, Naming)>,
}

/// What a program makes anew whenever it starts, or that holds nothing.
fn is_scratch(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with("-shm") || ["lock", "reserve", "control.sock"].contains(&name.as_ref())
}

impl Disk {
    /// A folder as it is now, all of it synced. Nobody may be at work in it.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn of(folder: &Path) -> anyhow::Result<Self> {
        let mut disk = Self {
            folder: folder.to_owned(),
            files: Vec::new(),
            synced_names: Names::new(),
            names: Names::new(),
            since: Vec::new(),
        };
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.is_file() && !is_scratch(&path) {
                    let file = File { synced: fs::read(&path)?, since: Vec::new() };
                    disk.synced_names.insert(path, disk.files.len());
                    disk.files.push(file);
                }
            }
        }
        disk.names = disk.synced_names.clone();
        Ok(disk)
    }

    /// A call begins: from now on some of what it does may be on the disk.
    pub fn begins(&mut self, call: &Call) {
        match &call.deed {
            Deed::Open { path, create, empty } if self.is_ours(path) => {
                if *create && !self.names.contains_key(path) {
                    self.names.insert(path.clone(), self.files.len());
                    self.since.push((call.ended, Naming::Made(path.clone(), self.files.len())));
                    self.files.push(File::default());
                }
                if *empty {
                    self.change(path, call.ended, What::Length(0));
                }
            }
            Deed::Write { path, offset, data } => {
                self.change(path, call.ended, What::Bytes(*offset, data.clone()));
            }
            Deed::Resize { path, length } => self.change(path, call.ended, What::Length(*length)),
            Deed::Unlink { path } => {
                if self.names.remove(path).is_some() {
                    self.since.push((call.ended, Naming::Gone(path.clone())));
                }
            }
            Deed::Rename { from, to } => {
                if let Some(file) = self.names.remove(from) {
                    self.names.insert(to.clone(), file);
                    self.since.push((call.ended, Naming::Moved(from.clone(), to.clone())));
                }
            }
            Deed::Open { .. }
            | Deed::WriteSomewhere { .. }
            | Deed::Sync { .. }
            | Deed::Sent { .. }
            | Deed::Received { .. } => {}
        }
    }

    /// A call has returned: if it was a sync, everything that was done before it began is on the disk.
    pub fn ends(&mut self, call: &Call) {
        let Deed::Sync { path } = &call.deed else { return };
        if let Some(file) = self.names.get(path).and_then(|file| self.files.get_mut(*file)) {
            let before = |change: &Change| change.ended < call.began;
            let (synced, since) = std::mem::take(&mut file.since).into_iter().partition(before);
            file.since = since;
            let synced: Vec<Change> = synced;
            synced.iter().for_each(|change| change.what.apply(&mut file.synced));
            return;
        }
        let is_in = |name: &PathBuf| name.parent() == Some(path);
        let concerned = self.since.iter().rposition(|(ended, naming)| {
            *ended < call.began
                && match naming {
                    Naming::Made(name, _) | Naming::Gone(name) => is_in(name),
                    Naming::Moved(from, to) => is_in(from) || is_in(to),
                }
        });
        if let Some(last) = concerned {
            for (_, naming) in self.since.drain(..=last) {
                naming.apply(&mut self.synced_names);
            }
        }
    }

    /// The files as the power cut leaves them, by their names in the folder.
    pub fn cut(&self, unsynced: Unsynced, random: &mut impl Rng) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut names = self.synced_names.clone();
        let kept = pick(unsynced, self.since.len(), random);
        self.since.iter().take(kept).for_each(|(_, naming)| naming.apply(&mut names));
        let inside = |path: &Path| path.strip_prefix(&self.folder).unwrap_or(path).to_owned();
        names.iter().map(|(path, file)| (inside(path), self.files[*file].cut(unsynced, random))).collect()
    }

    /// The same folder as it is now.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn as_it_is(&self) -> anyhow::Result<Self> {
        Self::of(&self.folder)
    }

    /// Whether something is done to this folder.
    pub fn concerns(&self, deed: &Deed) -> bool {
        match deed {
            Deed::Open { path, .. }
            | Deed::Write { path, .. }
            | Deed::WriteSomewhere { path }
            | Deed::Resize { path, .. }
            | Deed::Unlink { path }
            | Deed::Sync { path } => self.is_ours(path),
            Deed::Rename { from, to } => self.is_ours(from) || self.is_ours(to),
            Deed::Sent { .. } | Deed::Received { .. } => false,
        }
    }

    fn is_ours(&self, path: &Path) -> bool {
        path.starts_with(&self.folder) && !is_scratch(path)
    }

    fn change(&mut self, path: &Path, ended: usize, what: What) {
        if let Some(file) = self.names.get(path).and_then(|file| self.files.get_mut(*file)) {
            file.since.push(Change { ended, what });
        }
    }
}

/// Writes files into a folder.
///
/// # Errors
/// If they cannot be written.
pub fn lay_out(files: &BTreeMap<PathBuf, Vec<u8>>, folder: &Path) -> anyhow::Result<()> {
    for (name, bytes) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().context("no folder")?)?;
        fs::write(path, bytes)?;
    }
    Ok(())
}

/// How many of so many changes are there.
fn pick(unsynced: Unsynced, changes: usize, random: &mut impl Rng) -> usize {
    match unsynced {
        Unsynced::Lost => 0,
        Unsynced::Torn => random.random_range(0..=changes),
        Unsynced::Kept => changes,
    }
}

impl Naming {
    fn apply(&self, names: &mut Names) {
        match self {
            Self::Made(name, file) => {
                names.insert(name.clone(), *file);
            }
            Self::Gone(name) => {
                names.remove(name);
            }
            Self::Moved(from, to) => {
                if let Some(file) = names.remove(from) {
                    names.insert(to.clone(), file);
                }
            }
        }
    }
}

impl What {
    /// Does it to the whole file.
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Bytes(offset, data) => {
                let (start, end) = (at(*offset), at(*offset) + data.len());
                bytes.resize(bytes.len().max(end), 0);
                bytes[start..end].copy_from_slice(data);
            }
            Self::Length(length) => bytes.resize(at(*length), 0),
        }
    }

    /// The length that a file of a length has afterwards.
    fn length(&self, before: u64) -> u64 {
        match self {
            Self::Bytes(offset, data) => before.max(offset + data.len() as u64),
            Self::Length(length) => *length,
        }
    }

    /// Does it to one sector.
    fn apply_to(&self, sector: u64, bytes: &mut [u8; SECTOR as usize]) {
        let start = sector * SECTOR;
        match self {
            Self::Bytes(offset, data) => {
                let (from, to) = ((*offset).max(start), (offset + data.len() as u64).min(start + SECTOR));
                if from < to {
                    bytes[at(from - start)..at(to - start)]
                        .copy_from_slice(&data[at(from - offset)..at(to - offset)]);
                }
            }
            Self::Length(length) => bytes[at(length.saturating_sub(start).min(SECTOR))..].fill(0),
        }
    }
}

impl File {
    fn cut(&self, unsynced: Unsynced, random: &mut impl Rng) -> Vec<u8> {
        let mut bytes = self.synced.clone();
        if unsynced == Unsynced::Kept {
            self.since.iter().for_each(|change| change.what.apply(&mut bytes));
        }
        if unsynced != Unsynced::Torn {
            return bytes;
        }
        let mut lengths = vec![bytes.len() as u64];
        let mut sectors: BTreeMap<u64, Vec<&What>> = BTreeMap::new();
        for Change { what, .. } in &self.since {
            let before = *lengths.last().unwrap_or(&0);
            let touched: BTreeSet<u64> = match what {
                What::Bytes(offset, data) if !data.is_empty() => {
                    (offset / SECTOR..=(offset + data.len() as u64 - 1) / SECTOR).collect()
                }
                What::Bytes(..) => BTreeSet::new(),
                What::Length(length) => (length / SECTOR..=before / SECTOR).collect(),
            };
            touched.into_iter().for_each(|sector| sectors.entry(sector).or_default().push(what));
            lengths.push(what.length(before));
        }
        // A sector on the disk is the one in memory at some moment.
        for (sector, changes) in sectors {
            let start = at(sector * SECTOR);
            let mut held = [0; SECTOR as usize];
            let end = start + held.len();
            bytes.resize(bytes.len().max(end), 0);
            held.copy_from_slice(&bytes[start..end]);
            let kept = random.random_range(0..=changes.len());
            changes.iter().take(kept).for_each(|what| what.apply_to(sector, &mut held));
            bytes[start..end].copy_from_slice(&held);
        }
        bytes.resize(at(lengths[random.random_range(0..lengths.len())]), 0);
        bytes
    }
}

/// An offset in memory. Files of these proofs are small.
fn at(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    /// A disk in which `/d/a` holds a thousand zeros.
    fn disk() -> Disk {
        let names = Names::from([(PathBuf::from("/d/a"), 0)]);
        Disk {
            folder: "/d".into(),
            files: vec![File { synced: vec![0; 1000], since: Vec::new() }],
            synced_names: names.clone(),
            names,
            since: Vec::new(),
        }
    }

    fn done(disk: &mut Disk, at: usize, deed: Deed) {
        let call = Call { began: at, ended: at, deed };
        disk.begins(&call);
        disk.ends(&call);
    }

    fn write(offset: u64, byte: u8, length: usize) -> Deed {
        Deed::Write { path: "/d/a".into(), offset, data: vec![byte; length] }
    }

    /// Every state of `/d/a` that many cuts find.
    fn found(disk: &Disk) -> BTreeSet<Vec<u8>> {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        (0..2000).filter_map(|_| disk.cut(Unsynced::Torn, &mut random).remove(Path::new("a"))).collect()
    }

    #[test]
    fn what_was_synced_is_there_and_what_was_not_may_be_in_any_part() {
        let mut disk = disk();
        done(&mut disk, 1, write(0, 1, 512));
        done(&mut disk, 2, Deed::Sync { path: "/d/a".into() });
        done(&mut disk, 3, write(0, 2, 1000));
        let states = found(&disk);
        let sectors: BTreeSet<_> =
            states.iter().map(|bytes| (bytes[0], bytes[511], bytes[512], bytes[999])).collect();
        assert_eq!(sectors, BTreeSet::from([(1, 1, 0, 0), (2, 2, 0, 0), (1, 1, 2, 2), (2, 2, 2, 2)]));
    }

    #[test]
    fn a_later_write_may_be_there_without_an_earlier_one_but_a_sector_is_one_of_its_own_states() {
        let mut disk = disk();
        done(&mut disk, 1, write(0, 1, 10));
        done(&mut disk, 2, write(512, 2, 10));
        done(&mut disk, 3, write(5, 3, 10));
        let states = found(&disk);
        assert!(states.iter().any(|bytes| bytes[0] == 0 && bytes[512] == 2));
        assert!(states.iter().any(|bytes| bytes[4] == 1 && bytes[14] == 3));
        assert!(!states.iter().any(|bytes| bytes[4] == 0 && bytes[14] == 3));
    }

    #[test]
    fn a_sync_keeps_what_ended_before_it_began() {
        let mut disk = disk();
        let slow = Call { began: 1, ended: 5, deed: write(0, 1, 10) };
        let sync = Call { began: 2, ended: 3, deed: Deed::Sync { path: "/d/a".into() } };
        disk.begins(&slow);
        disk.begins(&sync);
        disk.ends(&sync);
        assert!(found(&disk).iter().any(|bytes| bytes[0] == 0), "it was still being written");
    }

    #[test]
    fn a_file_that_shrank_may_have_either_length() {
        let mut disk = disk();
        done(&mut disk, 1, write(0, 1, 1000));
        done(&mut disk, 2, Deed::Sync { path: "/d/a".into() });
        done(&mut disk, 3, Deed::Resize { path: "/d/a".into(), length: 100 });
        let lengths: BTreeSet<usize> = found(&disk).iter().map(Vec::len).collect();
        assert_eq!(lengths, BTreeSet::from([100, 1000]));
    }

    #[test]
    fn names_come_and_go_in_their_order_and_are_sure_once_their_folder_was_synced() {
        let mut disk = disk();
        let journal = PathBuf::from("/d/j");
        done(&mut disk, 1, Deed::Open { path: journal.clone(), create: true, empty: false });
        done(&mut disk, 2, Deed::Write { path: journal.clone(), offset: 0, data: vec![7; 4] });
        done(&mut disk, 3, Deed::Sync { path: journal.clone() });
        done(&mut disk, 4, Deed::Unlink { path: journal });
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut names = |disk: &Disk| -> BTreeSet<Option<Vec<u8>>> {
            (0..100).map(|_| disk.cut(Unsynced::Torn, &mut random).remove(Path::new("j"))).collect()
        };
        assert_eq!(
            names(&disk),
            BTreeSet::from([None, Some(vec![7; 4])]),
            "the end may not have been reached"
        );
        done(&mut disk, 5, Deed::Sync { path: "/d".into() });
        assert_eq!(names(&disk), BTreeSet::from([None]));
    }
}
