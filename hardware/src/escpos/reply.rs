//! What a printer says: a stream of bytes whose kinds are told apart by fixed bits.

use super::BarrierMark;

/// One thing that a printer said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// The answer to one `DLE EOT`: `0xx1xx10`. Which request it answers is known only from the
    /// order of the requests.
    RealTime(u8),
    /// The answer to `GS r`: `0xx0xxxx`.
    PaperSensor(u8),
    /// The answer to `GS ( H` function 48.
    Processed(BarrierMark),
    /// An automatic status report (ASB) of four bytes, for printers that send it unasked.
    Automatic([u8; 4]),
    /// The buffer has room again.
    Xon,
    /// The buffer is full.
    Xoff,
    /// A byte that fits no kind.
    Unknown(u8),
}

/// Reads replies from bytes in chunks of any size.
#[derive(Debug, Default)]
pub struct ReplyReader {
    pending: Vec<u8>,
}

/// The first byte of a block, and the byte that ends it.
const BLOCK_HEAD: u8 = 0x37;
const BLOCK_END: u8 = 0;
/// No block that we ask for is longer.
const BLOCK_MAX: usize = 80;
/// The identifier of the answer to `GS ( H` function 48.
const PROCESSED: u8 = 0x22;

impl ReplyReader {
    /// A reader that has seen nothing.
    pub fn new() -> ReplyReader {
        ReplyReader::default()
    }

    /// Takes the next bytes and gives the replies that are complete.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Reply> {
        self.pending.extend_from_slice(bytes);
        let mut replies = Vec::new();
        let mut rest = self.pending.as_slice();
        while let Some((reply, length)) = first_reply(rest) {
            replies.push(reply);
            rest = &rest[length..];
        }
        let done = self.pending.len() - rest.len();
        self.pending.drain(..done);
        replies
    }
}

/// The first reply and its length, or nothing if more bytes are needed.
fn first_reply(bytes: &[u8]) -> Option<(Reply, usize)> {
    let head = *bytes.first()?;
    if head == BLOCK_HEAD {
        return block(bytes);
    }
    let single = |reply| Some((reply, 1));
    match head {
        0x11 => single(Reply::Xon),
        0x13 => single(Reply::Xoff),
        _ if head & 0x93 == 0x12 => single(Reply::RealTime(head)),
        _ if head & 0x93 == 0x10 => {
            let report = bytes.get(..4)?;
            Some((Reply::Automatic([report[0], report[1], report[2], report[3]]), 4))
        }
        _ if head & 0x90 == 0x00 => single(Reply::PaperSensor(head)),
        _ => single(Reply::Unknown(head)),
    }
}

fn block(bytes: &[u8]) -> Option<(Reply, usize)> {
    match bytes.iter().take(BLOCK_MAX).position(|byte| *byte == BLOCK_END) {
        Some(6) if bytes[1] == PROCESSED => {
            Some((Reply::Processed(BarrierMark([bytes[2], bytes[3], bytes[4], bytes[5]])), 7))
        }
        // A block that nobody asked for: left out as a whole, named by its head.
        Some(end) => Some((Reply::Unknown(BLOCK_HEAD), end + 1)),
        None if bytes.len() >= BLOCK_MAX => Some((Reply::Unknown(BLOCK_HEAD), 1)),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn kinds_are_told_apart_in_a_mixed_stream() {
        let mut reader = ReplyReader::new();
        let replies = reader.push(b"\x12\x13\x37\x2200A1\x00\x0c\x11\x18\x00\x0c\x00\xff\x7e");
        assert_eq!(
            replies,
            [
                Reply::RealTime(0x12),
                Reply::Xoff,
                Reply::Processed(BarrierMark(*b"00A1")),
                Reply::PaperSensor(0x0c),
                Reply::Xon,
                Reply::Automatic([0x18, 0, 0x0c, 0]),
                Reply::Unknown(0xff),
                Reply::RealTime(0x7e),
            ]
        );
    }

    proptest! {
        #[test]
        fn chunks_do_not_matter(bytes in prop::collection::vec(any::<u8>(), 0..300), cut in 0usize..300) {
            let cut = cut.min(bytes.len());
            let whole = ReplyReader::new().push(&bytes);
            let mut reader = ReplyReader::new();
            let mut parts = reader.push(&bytes[..cut]);
            parts.extend(reader.push(&bytes[cut..]));
            prop_assert_eq!(whole, parts);
        }
    }
}
