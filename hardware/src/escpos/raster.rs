//! Pictures as `GS v 0`, the raster command that every receipt printer knows.

use crate::slip::Bitmap;

/// Appends the picture in bands of at most `band_rows` rows.
///
/// Printers look for real-time commands (`DLE EOT`, `DLE ENQ`, `DLE DC4`) in everything that they
/// receive, pictures too, and some would clear their buffer or open a drawer in the middle of a
/// ticket. Where a picture contains the first two bytes of one, one dot is added beside the 0x10:
/// a stroke that is one dot wider on paper, and nothing that a machine could take for an order.
pub(super) fn append(out: &mut Vec<u8>, picture: &Bitmap, band_rows: u16) {
    let bytes_per_row = picture.bytes_per_row();
    if bytes_per_row == 0 {
        return;
    }
    for band in picture.rows().chunks(bytes_per_row * usize::from(band_rows)) {
        let rows = band.len() / bytes_per_row;
        out.extend([0x1d, b'v', b'0', 0]);
        out.extend((bytes_per_row as u16).to_le_bytes());
        out.extend((rows as u16).to_le_bytes());
        let start = out.len();
        out.extend_from_slice(band);
        defuse(&mut out[start..]);
    }
}

fn defuse(band: &mut [u8]) {
    for at in 1..band.len() {
        if band[at - 1] == 0x10 && matches!(band[at], 0x04 | 0x05 | 0x14) {
            band[at - 1] = 0x18;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_picture_is_split_into_bands_with_a_header_each() {
        let mut picture = Bitmap::new(16, 3);
        picture.set(0, 0);
        picture.set(15, 2);
        let mut out = Vec::new();
        append(&mut out, &picture, 2);
        let golden: &[u8] = b"\x1dv0\0\x02\0\x02\0\x80\0\0\0\x1dv0\0\x02\0\x01\0\0\x01";
        assert_eq!(out, golden);
    }

    #[test]
    fn a_picture_never_contains_a_real_time_command() {
        let mut picture = Bitmap::new(24, 1);
        for x in [3, 13, 19, 21] {
            picture.set(x, 0);
        }
        assert_eq!(picture.rows(), [0x10, 0x04, 0x14]);
        let mut out = Vec::new();
        append(&mut out, &picture, 128);
        assert_eq!(out[8..], [0x18, 0x04, 0x14]);
    }

    proptest! {
        #[test]
        fn no_picture_can_give_orders(dots in prop::collection::vec((0u32..64, 0u32..40), 0..900)) {
            let mut picture = Bitmap::new(64, 40);
            dots.iter().for_each(|(x, y)| picture.set(*x, *y));
            let mut out = Vec::new();
            append(&mut out, &picture, 7);
            for pair in out.windows(2) {
                prop_assert!(pair[0] != 0x10 || ![0x04, 0x05, 0x14].contains(&pair[1]));
            }
        }
    }
}
