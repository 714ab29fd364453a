//! The calls as boards are told of them.
//!
//! The identity of a booked visit is made from the key of its booking, so that kiosks which know nothing
//! of each other name it alike. A board only has to tell one call from another: it gets a name for each
//! that leads back to nothing.

use domain::{
    VisitId,
    board::{Board, BoardChange},
};
use sha2::{Digest, Sha256};

/// A change of the calls, for boards.
pub(super) fn change(mut change: BoardChange) -> BoardChange {
    match &mut change {
        BoardChange::Called(call) => call.visit = nameless(call.visit),
        BoardChange::Ended { visit, .. } | BoardChange::Numbers { visit, .. } => *visit = nameless(*visit),
        BoardChange::DayOpened { .. } => {}
    }
    change
}

/// The last calls, for boards.
pub(super) fn board(mut board: Board) -> Board {
    board.calls.iter_mut().for_each(|call| call.visit = nameless(call.visit));
    board
}

/// The same for the same visit, in every snapshot and on every stream.
fn nameless(visit: VisitId) -> VisitId {
    let hash = Sha256::digest(visit.0.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    VisitId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}
