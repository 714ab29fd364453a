//! Goldens of whole slips, and fences round the defects of the `escpos` crate.

use super::*;

fn profile(name: &str) -> Profile {
    Profile::built_in(name).unwrap()
}

fn text(text: &str) -> Slip {
    let (size, bold, align) = (TextSize::Normal, false, Align::Left);
    Slip { blocks: vec![Block::Text { text: text.into(), size, bold, align }] }
}

#[test]
fn a_text_slip_is_these_bytes() {
    let slip = Slip {
        blocks: vec![
            Block::Text { text: "H047".into(), size: TextSize::Huge, bold: true, align: Align::Centre },
            Block::Space { dots: 300 },
            Block::Qr { data: "PK1-7QX3".into(), module_dots: 6 },
        ],
    };
    let golden: Vec<u8> = [
        b"\x1b@".as_slice(),
        b"\x1dP\xcb\xcb",
        b"\x1bt\x10",
        b"\x1ba\x01\x1bE\x01\x1d!\x77H047\n",
        b"\x1bJ\xff\x1bJ\x2d",
        b"\x1bJ\x18\x1ba\x01",
        b"\x1d(k\x04\x001A2\x00\x1d(k\x03\x001C\x06\x1d(k\x03\x001E1",
        b"\x1d(k\x0b\x001P0PK1-7QX3\x1d(k\x03\x001Q0\x1bJ\x18",
        b"\x1dVB\x00",
    ]
    .concat();
    assert_eq!(encode(&slip, &profile("serial-text")).unwrap(), golden);
}

#[test]
fn a_picture_of_full_width_is_these_bytes() {
    let slip = Slip { blocks: vec![Block::Image(Bitmap::new(512, 1))] };
    let golden: Vec<u8> =
        [b"\x1b@\x1dP\xb4\xb4\x1bt\x10".as_slice(), b"\x1dv0\x00\x40\x00\x01\x00", &[0; 64], b"\x1dVB\x00"]
            .concat();
    assert_eq!(encode(&slip, &profile("epson-tm-t88v")).unwrap(), golden);
}

#[test]
fn a_presenter_hands_the_slip_out_after_the_cut() {
    let bytes = encode(&text("x"), &profile("custom-vkp80")).unwrap();
    assert!(bytes.ends_with(b"\x1dVA\x00\x1de\x20\x0c\x1e"), "{bytes:02x?}");
}

#[test]
fn french_text_reads_back_from_the_bytes() {
    let words = "PRÉFECTURE DE LA CÔTE-D'OR: cœur, Œuvre, reçu « 10 € » l’été — Ÿ";
    let bytes = encode(&text(words), &profile("serial-text")).unwrap();
    let start = bytes.windows(3).position(|window| window == b"\x1d!\x00").unwrap() + 3;
    let end = start + bytes[start..].iter().position(|byte| *byte == b'\n').unwrap();
    assert_eq!(encoding_rs::WINDOWS_1252.decode(&bytes[start..end]).0, words);
    assert!(bytes[start..end].contains(&0x9c) && bytes[start..end].contains(&0x80));
}

#[test]
fn what_the_printer_cannot_write_is_refused_and_named() {
    let error = encode(&text("numéro 号"), &profile("serial-text")).unwrap_err();
    assert!(matches!(error, EncodeError::UnknownCharacter { character: '号', block: 0 }), "{error}");
    let error = encode(&text("a\u{1b}@b"), &profile("serial-text")).unwrap_err();
    assert!(matches!(error, EncodeError::ControlCharacter { character: '\u{1b}', .. }), "{error}");
    let wide = Slip { blocks: vec![Block::Image(Bitmap::new(520, 1))] };
    let error = encode(&wide, &profile("epson-tm-t88v")).unwrap_err();
    assert!(matches!(error, EncodeError::TooWide { width_dots: 520, paper_dots: 512, .. }), "{error}");
}

#[test]
fn a_qr_code_too_long_too_wide_or_empty_is_refused() {
    let qr = |data: &str, module_dots| Slip { blocks: vec![Block::Qr { data: data.into(), module_dots }] };
    let check = |slip| encode(&slip, &profile("serial-text")).unwrap_err();
    assert!(matches!(check(qr("", 6)), EncodeError::QrLength { bytes: 0, .. }));
    assert!(matches!(check(qr(&"é".repeat(1166), 1)), EncodeError::QrLength { bytes: 2332, .. }));
    assert!(matches!(check(qr("A", 17)), EncodeError::QrModule { module_dots: 17, .. }));
    assert!(matches!(check(qr(&"A".repeat(500), 8)), EncodeError::TooWide { .. }));
}

#[test]
fn the_crates_defects_do_not_reach_the_wire() {
    let slip = Slip {
        blocks: vec![
            Block::Text { text: "Œ-Ô".into(), size: TextSize::Normal, bold: false, align: Align::Left },
            Block::Image(Bitmap::new(512, 200)),
            Block::Qr { data: "A".into(), module_dots: 4 },
        ],
    };
    for name in Profile::built_in_names() {
        let bytes = encode(&slip, &profile(name)).unwrap();
        assert!(
            bytes.windows(3).any(|window| window == [0x8c, b'-', 0xd4]),
            "{name}: Windows-1252, not UTF-8"
        );
        assert!(!bytes.windows(4).any(|window| window == b"\x18\x1dv0"), "{name}: no CAN before a raster");
        assert!(!bytes.windows(9).any(|window| window == b"\x1d(k\x04\x001A1\x00"), "{name}: no QR model 1");
        assert!(!bytes.windows(2).any(|window| window == b"\x1bd"), "{name}: lines end with LF");
        let again = encode(&slip, &profile(name)).unwrap();
        assert_eq!(bytes, again, "{name}: nothing is left over from the slip before");
    }
}
