//! Ending in good order when the system says so.

use std::io;
use tokio::signal::unix::{SignalKind, signal};

/// Ends the window's loop at SIGTERM or SIGINT.
///
/// # Errors
/// If the system gives no thread or does not let its signals be heard.
pub fn listen() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let (mut terminate, mut interrupt) = {
        let _reactor = runtime.enter();
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?)
    };
    let waiting = move || {
        runtime.block_on(async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        });
        // It fails only if the loop has ended already.
        let _ended = slint::quit_event_loop();
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(waiting)?;
    Ok(())
}
