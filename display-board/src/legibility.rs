//! Whether the digits can be read from the back of the room. Sizes themselves belong to `board-ui`.

use crate::config::Room;

/// The height of a digit of the large counter, the smaller of the two large figures, as a part of the
/// screen's height on a screen of 16:9. Measured from the picture in the tests.
pub const LARGE_DIGIT: f32 = 0.24;

/// The height of a digit in the list, likewise.
pub const LIST_DIGIT: f32 = 0.055;

/// A digit that people must read has to appear at 0.7°, 12.2 mm for each metre (EN 301 549, 5.1.4).
pub const LARGE_MM_PER_METRE: f32 = 12.2;

/// Twice the height at which good eyes still read, for what people read at leisure.
pub const LIST_MM_PER_METRE: f32 = 5.0;

/// How far away the large figures and the list can be read on a screen of this height, in metres.
pub fn distances_m(screen_height_mm: f32) -> (f32, f32) {
    (screen_height_mm * LARGE_DIGIT / LARGE_MM_PER_METRE, screen_height_mm * LIST_DIGIT / LIST_MM_PER_METRE)
}

/// What to tell an operator about a room; nothing if it was not measured.
pub fn words(room: &Room) -> Vec<String> {
    let Some(height) = room.screen_height_mm else { return Vec::new() };
    let (large, list) = distances_m(height);
    let mut words = vec![format!("The call can be read from {large:.1} m, the list from {list:.1} m.")];
    if let Some(distance) = room.viewing_distance_m.filter(|distance| *distance > large) {
        words.push(format!(
            "The farthest seat is {distance:.1} m away: hang the screen nearer or take a larger one."
        ));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_that_is_too_deep_is_told() {
        let room = |distance| Room { viewing_distance_m: Some(distance), screen_height_mm: Some(685.0) };
        assert_eq!(words(&room(8.0)).len(), 1);
        assert_eq!(words(&room(14.0)).len(), 2);
        assert!(words(&Room::default()).is_empty());
    }
}
