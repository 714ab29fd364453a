//! The operator at a kiosk: five touches on the site's name, the PIN on the pad, the list of the day.

use crate::{
    display::{Display, Region},
    play::TITLE,
    wait::until,
};

/// The site's name, at the top of a portrait kiosk.
const SITE: (i16, i16) = (200, 100);
/// Where the pad shows how many digits are typed.
const DOTS: Region = Region { x: 60, y: 440, width: 960, height: 130 };
/// The first row of keys, which is not touched last: the list stands there afterwards.
const KEYS: Region = Region { x: 60, y: 600, width: 960, height: 100 };
/// The middle of the pad's first key, and how far the others are from it.
const FIRST_KEY: (i16, i16) = (215, 672);
const NEXT_KEY: (i16, i16) = (324, 241);
/// « Print the list », above the way back.
const PRINT: (i16, i16) = (540, 1500);

/// Opens the list of the day with the operator's PIN.
///
/// # Errors
/// If it does not open.
pub fn open_list(kiosk: &Display, pin: &str) -> anyhow::Result<()> {
    let before = kiosk.pixels(TITLE)?;
    for _ in 0..5 {
        kiosk.touch(SITE.0, SITE.1)?;
    }
    until("the pad comes", || (kiosk.pixels(TITLE).ok()? != before).then_some(()))?;
    let empty = kiosk.pixels(DOTS)?;
    // A page that has just come takes no touch: it takes them from the first digit on that it shows.
    until("the pad takes touches", || {
        touch_key(kiosk, 1).ok()?;
        (kiosk.pixels(DOTS).ok()? != empty).then_some(())
    })?;
    until("the pad is empty again", || {
        touch_place(kiosk, (0, 3)).ok()?;
        (kiosk.pixels(DOTS).ok()? == empty).then_some(())
    })?;
    for digit in pin.bytes() {
        let before = kiosk.pixels(DOTS)?;
        touch_key(kiosk, i16::from(digit - b'0'))?;
        until("the digit is seen", || (kiosk.pixels(DOTS).ok()? != before).then_some(()))?;
    }
    let before = kiosk.pixels(KEYS)?;
    touch_place(kiosk, (2, 3))?;
    until("the list comes", || (kiosk.pixels(KEYS).ok()? != before).then_some(()))
}

/// Prints the list that is shown, and leaves it open. `is_begun` tells whether paper comes.
///
/// # Errors
/// If none comes.
pub fn print_list(kiosk: &Display, mut is_begun: impl FnMut() -> Option<()>) -> anyhow::Result<()> {
    until("the list is printed", || {
        kiosk.touch(PRINT.0, PRINT.1).ok()?;
        is_begun()
    })
}

/// The key of a digit: three in a row, and 0 in the middle of the last.
fn touch_key(kiosk: &Display, digit: i16) -> anyhow::Result<()> {
    let place = if digit == 0 { (1, 3) } else { ((digit - 1) % 3, (digit - 1) / 3) };
    touch_place(kiosk, place)
}

fn touch_place(kiosk: &Display, (column, row): (i16, i16)) -> anyhow::Result<()> {
    kiosk.touch(FIRST_KEY.0 + column * NEXT_KEY.0, FIRST_KEY.1 + row * NEXT_KEY.1)
}
