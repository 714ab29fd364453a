//! The clock that all processes of a machine share.

use nix::time::{ClockId, clock_gettime};

/// Microseconds of CLOCK_MONOTONIC: comparable between processes of one boot, unaffected by
/// changes of the wall clock.
pub fn monotonic_us() -> u64 {
    // Cannot fail: the clock exists on every system that this program runs on.
    clock_gettime(ClockId::CLOCK_MONOTONIC)
        .map(|time| time.tv_sec() as u64 * 1_000_000 + time.tv_nsec() as u64 / 1_000)
        .unwrap_or_default()
}
