//! Codes from the bytes of a scanner. Pure: whoever reads the line says when it fell silent.

use thiserror::Error;

/// The longest code: more than any QR that a phone can show and a scanner can read reliably.
pub const MAX_SCAN_BYTES: usize = 1024;

/// What the bytes turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decoded {
    /// A code: 1 to [`MAX_SCAN_BYTES`] printable ASCII characters.
    Scan(String),
    /// No code.
    Rejected(ScanFault),
}

/// Why something received is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ScanFault {
    /// More than [`MAX_SCAN_BYTES`] bytes without an end of line.
    #[error("the code is longer than {MAX_SCAN_BYTES} characters")]
    TooLong,
    /// A byte that is not printable ASCII.
    #[error("the code contains characters other than printable ASCII")]
    Unprintable,
    /// The scanner fell silent before the end of the line: it was unplugged, or is not set to send
    /// a carriage return after each code.
    #[error("the code has no end: set the scanner to send a carriage return after each code")]
    Unterminated,
}

/// Splits a stream of bytes, in chunks of any size, into codes ended by CR, LF or both.
#[derive(Debug, Default)]
pub struct Decoder {
    line: Vec<u8>,
    /// The rest of an over-long line is being thrown away.
    discarding: bool,
}

impl Decoder {
    /// A decoder that has seen nothing.
    pub fn new() -> Decoder {
        Decoder::default()
    }

    /// Takes the next bytes and gives the codes that they complete. Never holds more than
    /// [`MAX_SCAN_BYTES`].
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Decoded> {
        let mut decoded = Vec::new();
        for byte in bytes {
            match byte {
                b'\r' | b'\n' => {
                    self.discarding = false;
                    // CR LF ends one line, not two.
                    if !self.line.is_empty() {
                        decoded.push(judge(std::mem::take(&mut self.line)));
                    }
                }
                _ if self.discarding => {}
                _ if self.line.len() == MAX_SCAN_BYTES => {
                    self.line.clear();
                    self.discarding = true;
                    decoded.push(Decoded::Rejected(ScanFault::TooLong));
                }
                byte => self.line.push(*byte),
            }
        }
        decoded
    }

    /// Whether part of a line is waiting for its end.
    pub fn is_partial(&self) -> bool {
        self.discarding || !self.line.is_empty()
    }

    /// The line has been silent for so long that what came before belongs to nothing that will
    /// come: drops it.
    pub fn fell_silent(&mut self) -> Option<ScanFault> {
        let dropped = !self.line.is_empty();
        *self = Decoder::new();
        dropped.then_some(ScanFault::Unterminated)
    }
}

fn judge(line: Vec<u8>) -> Decoded {
    match String::from_utf8(line) {
        Ok(text) if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) => Decoded::Scan(text),
        _ => Decoded::Rejected(ScanFault::Unprintable),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scan(text: &str) -> Decoded {
        Decoded::Scan(text.into())
    }

    #[test]
    fn lines_end_with_cr_or_lf_or_both_and_empty_ones_do_not_count() {
        let decoded = Decoder::new().push(b"PK1-A\rPK1-B\nPK1-C\r\n\r\n\nPK1-D");
        assert_eq!(decoded, [scan("PK1-A"), scan("PK1-B"), scan("PK1-C")]);
    }

    #[test]
    fn a_code_of_the_longest_length_passes_and_one_more_is_reported_once() {
        let longest = "A".repeat(MAX_SCAN_BYTES);
        let mut decoder = Decoder::new();
        assert_eq!(decoder.push(format!("{longest}\r").as_bytes()), [scan(&longest)]);
        let decoded = decoder.push(format!("{longest}{longest}{longest}\rPK1-B\r").as_bytes());
        assert_eq!(decoded, [Decoded::Rejected(ScanFault::TooLong), scan("PK1-B")]);
    }

    #[test]
    fn control_characters_and_other_alphabets_are_rejected() {
        let decoded = Decoder::new().push(b"PK1\x1b[2J\rPK1-\xc3\xa9\rPK1-B\r");
        let rejected = Decoded::Rejected(ScanFault::Unprintable);
        assert_eq!(decoded, [rejected.clone(), rejected, scan("PK1-B")]);
    }

    #[test]
    fn a_torn_code_does_not_stick_to_the_next_one() {
        let mut decoder = Decoder::new();
        assert_eq!(decoder.push(b"PK1-TO"), []);
        assert!(decoder.is_partial());
        assert_eq!(decoder.fell_silent(), Some(ScanFault::Unterminated));
        assert_eq!(decoder.push(b"PK1-B\r"), [scan("PK1-B")]);
        assert_eq!(decoder.fell_silent(), None);
    }

    #[test]
    fn a_megabyte_without_an_end_is_one_report_and_takes_no_memory() {
        let mut decoder = Decoder::new();
        assert_eq!(decoder.push(&vec![b'x'; 1 << 20]), [Decoded::Rejected(ScanFault::TooLong)]);
        assert!(decoder.line.capacity() <= 2 * MAX_SCAN_BYTES);
        assert_eq!(decoder.push(b"\nPK1-B\n"), [scan("PK1-B")]);
    }

    proptest! {
        #[test]
        fn chunks_do_not_matter(
            bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'\r'), 0x20u8..0x7f], 0..4000),
            chunk in 1usize..700,
        ) {
            let whole = Decoder::new().push(&bytes);
            let mut decoder = Decoder::new();
            let parts: Vec<Decoded> = bytes.chunks(chunk).flat_map(|part| decoder.push(part)).collect();
            prop_assert_eq!(whole, parts);
        }

        #[test]
        fn whatever_comes_out_is_short_and_printable(bytes in prop::collection::vec(any::<u8>(), 0..4000)) {
            for decoded in Decoder::new().push(&bytes) {
                if let Decoded::Scan(text) = decoded {
                    prop_assert!((1..=MAX_SCAN_BYTES).contains(&text.len()));
                    prop_assert!(text.chars().all(|character| (' '..='~').contains(&character)));
                }
            }
        }
    }
}
