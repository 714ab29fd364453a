//! Power that goes at a named step of the kiosk's path, in the middle of what the program does.

use kiosk::fail_points;
use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::Once,
};

thread_local! {
    /// At which point of [`fail_points::ALL`] the program that this thread runs ends.
    static ENDS_AT: Cell<Option<usize>> = const { Cell::new(None) };
}

/// How a program ended that lost its power.
struct PowerCut;

/// Lets a program work. `None` if it came to the step at which the power goes; then `ends_at` is spent. Whatever else
/// makes it panic goes on doing so.
pub fn within<T>(ends_at: &mut Option<usize>, work: impl FnOnce() -> T) -> Option<T> {
    arm();
    ENDS_AT.set(*ends_at);
    let worked = catch_unwind(AssertUnwindSafe(work));
    *ends_at = ENDS_AT.take();
    match worked {
        Ok(done) => Some(done),
        Err(panic) if panic.is::<PowerCut>() => None,
        Err(panic) => resume_unwind(panic),
    }
}

/// Every point looks whether the power goes there. Once for the whole process, because the points are.
fn arm() {
    static ARMED: Once = Once::new();
    ARMED.call_once(|| {
        for (place, name) in fail_points::ALL.into_iter().enumerate() {
            let look = move || {
                if ENDS_AT.get() == Some(place) {
                    ENDS_AT.set(None);
                    resume_unwind(Box::new(PowerCut));
                }
            };
            // Only a name that cannot be read is refused.
            let _armed = fail::cfg_callback(name, look);
        }
    });
}
