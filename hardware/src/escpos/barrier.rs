//! Barriers: commands that a printer answers only after it has processed everything before them.
//! An answer means that the job is on paper (not that anybody took it).

use serde::{Deserialize, Serialize};

/// Which barrier a printer understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Barrier {
    /// `GS ( H` function 48: the answer repeats the mark of the job.
    GsParenH,
    /// `GS r 1`: the answer is the state of the paper sensors and bears no mark.
    GsR,
    /// None: a job can be sent, but nobody can say that it was printed.
    None,
}

/// The mark of one job, repeated in the answer to `GS ( H`: four printable characters, so that
/// none of them is taken for a flow-control character on a serial line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BarrierMark(pub [u8; 4]);

impl BarrierMark {
    /// The mark of a job. Marks repeat after 65,536 jobs, so that the answer to an older job, even of
    /// a program that has ended since, is never taken for this one's.
    pub fn of(job: u64) -> BarrierMark {
        let hex = b"0123456789ABCDEF";
        BarrierMark([12, 8, 4, 0].map(|shift| hex[(job >> shift & 0xf) as usize]))
    }
}

impl Barrier {
    /// The command, to be sent right behind the job. Empty if the printer has no barrier.
    pub fn command(self, mark: BarrierMark) -> Vec<u8> {
        match self {
            Barrier::GsParenH => [&[0x1d, b'(', b'H', 6, 0, 48, 48], mark.0.as_slice()].concat(),
            Barrier::GsR => vec![0x1d, b'r', 1],
            Barrier::None => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_carries_the_mark_of_the_job() {
        let mark = BarrierMark::of(0x1A2F);
        assert_eq!(Barrier::GsParenH.command(mark), b"\x1d(H\x06\x00001A2F");
        assert_ne!(mark, BarrierMark::of(0x1A30));
    }
}
