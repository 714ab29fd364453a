//! The only wait: for a condition, with a deadline after which the test fails and says what it waited for.

use anyhow::bail;
use std::time::{Duration, Instant};

/// Long enough for a busy machine; only reached when something is broken.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Looks every few milliseconds until `look` gives something.
///
/// # Errors
/// After [`PATIENCE`].
pub fn until<T>(what: &str, look: impl FnMut() -> Option<T>) -> anyhow::Result<T> {
    until_within(PATIENCE, what, look)
}

/// The same with another patience.
///
/// # Errors
/// After `patience`.
pub fn until_within<T>(
    patience: Duration,
    what: &str,
    mut look: impl FnMut() -> Option<T>,
) -> anyhow::Result<T> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(found) = look() {
            return Ok(found);
        }
        if Instant::now() > deadline {
            bail!("waited {patience:?} in vain: {what}");
        }
        pause();
    }
}

#[expect(clippy::disallowed_methods, reason = "the pause between two looks, in the one place that waits")]
fn pause() {
    std::thread::sleep(Duration::from_millis(3));
}
