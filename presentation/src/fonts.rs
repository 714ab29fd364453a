//! The fonts that the product carries, so that every machine prints and shows the same.
//!
//! Figures have one width in all of them, because numbers and times line up; the feature `pnum`
//! gives the others. Licences and what was changed stand in `fonts/` beside the files.

/// The family of everything in Latin script.
pub const LATIN_FAMILY: &str = "Atkinson Hyperlegible Next";
/// The family of everything in Arabic script.
pub const ARABIC_FAMILY: &str = "Noto Sans Arabic";

/// Latin, weight 400.
pub const LATIN_REGULAR: &[u8] = include_bytes!("../fonts/AtkinsonHyperlegibleNext-Regular.ttf");
/// Latin, weight 700.
pub const LATIN_BOLD: &[u8] = include_bytes!("../fonts/AtkinsonHyperlegibleNext-Bold.ttf");
/// Latin, weight 800: numbers.
pub const LATIN_EXTRA_BOLD: &[u8] = include_bytes!("../fonts/AtkinsonHyperlegibleNext-ExtraBold.ttf");
/// Arabic, weight 400.
pub const ARABIC_REGULAR: &[u8] = include_bytes!("../fonts/NotoSansArabic-Regular.ttf");
/// Arabic, weight 700.
pub const ARABIC_BOLD: &[u8] = include_bytes!("../fonts/NotoSansArabic-Bold.ttf");

/// Every font, in no order that matters.
pub const ALL: [&[u8]; 5] = [LATIN_REGULAR, LATIN_BOLD, LATIN_EXTRA_BOLD, ARABIC_REGULAR, ARABIC_BOLD];
