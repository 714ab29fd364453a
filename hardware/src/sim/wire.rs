//! The thread at the end of one wire: takes bytes at the wire's speed as long as the buffer has
//! room, and answers real-time requests the moment they arrive, as a printer's interface does.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::control::Fault;
use super::machine::Machine;
use crate::escpos::StatusSource;

/// How often a wire looks whether it is to end.
pub const TICK: Duration = Duration::from_millis(50);

/// Serves one connection until the other side closes it, or the printer is unplugged, stopped, or told to drop it.
pub fn serve(machine: &Machine, wire: File) {
    let wire = Arc::new(wire);
    take_bytes(machine, &wire);
    machine.hang_up(&wire);
    machine.change(|state| state.finish_drop());
}

fn take_bytes(machine: &Machine, wire: &Arc<File>) {
    let mut real_time = RealTime::default();
    let mut chunk = [0; 4096];
    let mut free = Instant::now();
    loop {
        let capacity = machine.setup.buffer_bytes;
        let room = machine.wait(Instant::now() + TICK, |state| {
            let room = capacity.saturating_sub(state.buffer.len()).min(state.allowed());
            (state.is_cut_off() || room > 0).then(|| if state.is_cut_off() { 0 } else { room })
        });
        let room = match room {
            None => continue,
            Some(0) => return,
            Some(room) => room.min(chunk.len()),
        };
        if !is_readable(&**wire, TICK) {
            continue;
        }
        let count = match (&**wire).read(&mut chunk[..room]) {
            Ok(0) => return,
            Ok(count) => count,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => continue,
            Err(_) => return,
        };
        let normal = Duration::from_secs_f64(count as f64 / f64::from(machine.setup.wire_bytes_per_second));
        free = free.max(Instant::now()) + machine.at_speed(normal);
        if free > Instant::now() + Duration::from_millis(1) {
            machine.pause_until(free);
        }
        machine.receive(&chunk[..count], wire);
        machine.change(|state| state.count(count));
        for byte in &chunk[..count] {
            real_time.push(*byte, machine);
        }
    }
}

/// Whether there is something to read, or the wire has ended, within the time.
pub fn is_readable(wire: &impl AsFd, time: Duration) -> bool {
    let mut fds = [PollFd::new(wire.as_fd(), PollFlags::POLLIN)];
    let timeout = PollTimeout::try_from(time).unwrap_or(PollTimeout::MAX);
    poll(&mut fds, timeout).is_ok_and(|ready| ready > 0)
}

/// Finds `DLE EOT n` and `DLE ENQ n` in the stream, pictures included: real printers do not know
/// at their interface what the bytes are for.
#[derive(Default)]
struct RealTime {
    last: [u8; 2],
}

impl RealTime {
    fn push(&mut self, byte: u8, machine: &Machine) {
        match (self.last, byte) {
            ([0x10, 0x04], 1..=4) if machine.profile.status == StatusSource::DleEot => {
                let status = machine.lock().real_time_status(byte);
                machine.answer(&[status]);
            }
            // Recover from an error and drop what was buffered. Without an error it does nothing.
            ([0x10, 0x05], 2) => machine.change(|state| {
                if state.has(Fault::Cutter) {
                    state.forget_buffer();
                }
            }),
            _ => {}
        }
        self.last = [self.last[1], byte];
    }
}
