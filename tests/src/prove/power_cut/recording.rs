//! A run that was recorded, and what a power cut at any moment of it leaves.

use super::{
    disk::{Disk, Unsynced, lay_out},
    trace::{self, Call, Deed},
};
use crate::wait::until;
use anyhow::ensure;
use rand::Rng;
use std::{fs, path::Path};

/// A folder before a run, and what the run did.
pub struct Recording {
    before: Disk,
    /// Every call, in the order in which it began.
    pub calls: Vec<Call>,
    /// Every beginning and end of a call that matters, by its line: the line, whether it is the end, and the call.
    moments: Vec<(usize, bool, usize)>,
}

/// A power cut.
pub struct Cut<'a> {
    /// The folder as the disk has it.
    pub folder: &'a Path,
    line: usize,
}

impl Cut<'_> {
    /// Whether a call had begun: what it says may be known to the world.
    pub fn is_after(&self, call: &Call) -> bool {
        call.began <= self.line
    }
}

impl Recording {
    /// What a process did, once it has ended.
    ///
    /// # Errors
    /// If the trace does not end with the process, or tells of something that this proof does not know.
    pub fn new(before: Disk, trace: &Path, process: u32) -> anyhow::Result<Self> {
        let process = process.to_string();
        let is_end = |line: &str| line.split_whitespace().take(2).eq([process.as_str(), "+++"]);
        let text = until("the recorded program ended", || {
            let text = fs::read_to_string(trace).ok()?;
            text.lines().next_back().is_some_and(is_end).then_some(text)
        })?;
        let calls = trace::read(&text)?;
        let lost = calls
            .iter()
            .find(|call| matches!(call.deed, Deed::WriteSomewhere { .. }) && before.concerns(&call.deed));
        ensure!(lost.is_none(), "nobody knows where this went: {lost:?}");
        let mut moments = Vec::new();
        for (index, call) in calls.iter().enumerate() {
            if matches!(call.deed, Deed::Sent { .. }) || before.concerns(&call.deed) {
                moments.extend([(call.began, false, index), (call.ended, true, index)]);
            }
        }
        moments.sort_unstable();
        Ok(Self { before, calls, moments })
    }

    /// Cuts the power at so many random moments and lets each be judged.
    ///
    /// # Errors
    /// If one cannot be laid out or judged.
    pub fn cut(
        &self,
        cuts: u64,
        random: &mut impl Rng,
        mut judge: impl FnMut(&Cut<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut ends: Vec<usize> = (0..cuts).map(|_| random.random_range(0..=self.moments.len())).collect();
        ends.sort_unstable();
        let (mut disk, mut done) = (self.before.clone(), 0);
        for end in ends {
            self.go_on(&mut disk, done, end);
            done = end;
            let unsynced = match random.random_range(0..8) {
                0 | 1 => Unsynced::Lost,
                2 => Unsynced::Kept,
                _ => Unsynced::Torn,
            };
            let folder = tempfile::tempdir()?;
            lay_out(&disk.cut(unsynced, random), folder.path())?;
            let line = end.checked_sub(1).map_or(0, |last| self.moments[last].0);
            judge(&Cut { folder: folder.path(), line })?;
        }
        Ok(())
    }

    /// No cut at all: how many files of the folder differ from what the calls made of them, and a folder of the
    /// latter to be judged. If this is not 0, the record is not whole and no other figure counts.
    ///
    /// # Errors
    /// If it cannot be laid out or judged.
    pub fn no_cut(
        &self,
        random: &mut impl Rng,
        judge: impl FnOnce(&Cut<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<usize> {
        let mut disk = self.before.clone();
        self.go_on(&mut disk, 0, self.moments.len());
        let made = disk.cut(Unsynced::Kept, random);
        let found = disk.as_it_is()?.cut(Unsynced::Kept, random);
        let names = made.keys().chain(found.keys().filter(|name| !made.contains_key(*name)));
        let differ = names.filter(|name| made.get(*name) != found.get(*name)).count();
        let folder = tempfile::tempdir()?;
        lay_out(&made, folder.path())?;
        judge(&Cut { folder: folder.path(), line: usize::MAX })?;
        Ok(differ)
    }

    fn go_on(&self, disk: &mut Disk, from: usize, to: usize) {
        for (_, is_end, call) in &self.moments[from..to] {
            let call = &self.calls[*call];
            if *is_end { disk.ends(call) } else { disk.begins(call) }
        }
    }
}
