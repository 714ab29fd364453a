//! Commands from the bytes that a printer received. Pure; written from the manuals and not from
//! our encoder, so that each checks the other.

/// One command, or one row of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// `ESC @`.
    Initialise,
    /// `ESC t n`.
    CodePage(u8),
    /// `ESC a n`: 0 left, 1 centre, 2 right.
    Align(u8),
    /// `ESC E n`.
    Bold(bool),
    /// `GS ! n`, as factors of width and height.
    Size(u8, u8),
    /// `ESC 3 n` in vertical units, or `ESC 2` for the standard.
    LineSpacing(Option<u8>),
    /// `GS P x y`: the vertical unit is 1/y inch.
    VerticalUnit(u8),
    /// A printable byte.
    Character(u8),
    /// `LF`.
    LineFeed,
    /// `ESC J n` in vertical units.
    Feed(u8),
    /// `ESC d n` in lines.
    FeedLines(u8),
    /// The head of `GS v 0`: how often each dot is repeated across and down.
    Picture {
        /// Repetition across.
        across: u32,
        /// Repetition down.
        down: u32,
    },
    /// One row of a picture.
    PictureRow(Vec<u8>),
    /// `GS ( k` function 65: 49, 50 (model 2) or 51.
    QrModel(u8),
    /// `GS ( k` function 67: dots per module.
    QrModule(u8),
    /// `GS ( k` function 69: 48 to 51 for L, M, Q, H.
    QrLevel(u8),
    /// `GS ( k` function 80.
    QrStore(Vec<u8>),
    /// `GS ( k` function 81.
    QrPrint,
    /// `GS V`, `ESC i` or `ESC m`, with a feed in vertical units first.
    Cut(u8),
    /// `GS e` 3, 5 or 0x20: hands the slip out.
    Present,
    /// `GS r n`.
    TellSensor,
    /// `GS ( H` function 48.
    TellProcessed([u8; 4]),
    /// Understood, without effect on paper: real-time commands, zeros, and the like.
    Nothing,
    /// Not understood; a real printer would print rubbish.
    Unknown,
}

/// Reads commands one after the other; within a picture, rows.
#[derive(Debug, Default)]
pub struct Reader {
    row_bytes: usize,
    rows_left: usize,
}

impl Reader {
    /// The first command in `bytes` and its length; nothing if more bytes are needed.
    pub fn next(&mut self, bytes: &[u8]) -> Option<(Command, usize)> {
        if self.rows_left > 0 {
            let row = bytes.get(..self.row_bytes)?;
            self.rows_left -= 1;
            return Some((Command::PictureRow(row.to_vec()), self.row_bytes));
        }
        match *bytes.first()? {
            0x1b => escape(bytes),
            0x1d => self.group(bytes),
            0x10 => real_time(bytes),
            b'\n' => Some((Command::LineFeed, 1)),
            0 | b'\r' => Some((Command::Nothing, 1)),
            byte if byte >= 0x20 => Some((Command::Character(byte), 1)),
            _ => Some((Command::Unknown, 1)),
        }
    }

    fn group(&mut self, bytes: &[u8]) -> Option<(Command, usize)> {
        let argument = |at: usize| bytes.get(at).copied();
        Some(match argument(1)? {
            b'!' => {
                let size = argument(2)?;
                (Command::Size((size >> 4 & 7) + 1, (size & 7) + 1), 3)
            }
            b'P' => (Command::VerticalUnit(argument(3)?), 4),
            b'v' => return self.picture(bytes),
            b'(' => return parenthesis(bytes),
            b'V' => match argument(2)? {
                0 | 1 | b'0' | b'1' => (Command::Cut(0), 3),
                _ => (Command::Cut(argument(3)?), 4),
            },
            b'r' => (Command::TellSensor, argument(2).map(|_| 3)?),
            b'e' => match argument(2)? {
                0x03 => (Command::Present, argument(3).map(|_| 4)?),
                0x20 => (Command::Present, argument(4).map(|_| 5)?),
                0x05 => (Command::Present, 3),
                _ => (Command::Nothing, 3),
            },
            b'a' => (Command::Nothing, argument(2).map(|_| 3)?),
            _ => (Command::Unknown, 2),
        })
    }

    fn picture(&mut self, bytes: &[u8]) -> Option<(Command, usize)> {
        let head = bytes.get(..8)?;
        if head[2] != b'0' {
            return Some((Command::Unknown, 3));
        }
        self.row_bytes = usize::from(u16::from_le_bytes([head[4], head[5]]));
        self.rows_left = usize::from(u16::from_le_bytes([head[6], head[7]]));
        if self.row_bytes == 0 {
            self.rows_left = 0;
        }
        let (across, down) = (1 + u32::from(head[3] & 1), 1 + u32::from(head[3] >> 1 & 1));
        Some((Command::Picture { across, down }, 8))
    }
}

fn escape(bytes: &[u8]) -> Option<(Command, usize)> {
    let argument = || bytes.get(2).copied();
    Some(match *bytes.get(1)? {
        b'@' => (Command::Initialise, 2),
        b't' => (Command::CodePage(argument()?), 3),
        b'a' => (Command::Align(argument()? % 48), 3),
        b'E' => (Command::Bold(argument()? & 1 == 1), 3),
        b'J' => (Command::Feed(argument()?), 3),
        b'd' => (Command::FeedLines(argument()?), 3),
        b'3' => (Command::LineSpacing(Some(argument()?)), 3),
        b'2' => (Command::LineSpacing(None), 2),
        b'i' | b'm' => (Command::Cut(0), 2),
        _ => (Command::Unknown, 2),
    })
}

/// `GS ( X pL pH …`: the length says how far to skip even what is not understood.
fn parenthesis(bytes: &[u8]) -> Option<(Command, usize)> {
    let head = bytes.get(..5)?;
    let length = 5 + usize::from(u16::from_le_bytes([head[3], head[4]]));
    let parameters = bytes.get(5..length)?;
    let command = match (head[2], parameters) {
        (b'k', [49, 65, model, _]) => Command::QrModel(*model),
        (b'k', [49, 67, dots]) => Command::QrModule(*dots),
        (b'k', [49, 69, level]) => Command::QrLevel(*level),
        (b'k', [49, 80, 48, data @ ..]) => Command::QrStore(data.to_vec()),
        (b'k', [49, 81, 48]) => Command::QrPrint,
        (b'H', [48, 48, a, b, c, d]) => Command::TellProcessed([*a, *b, *c, *d]),
        _ => Command::Unknown,
    };
    Some((command, length))
}

/// These were answered when they arrived; here they are only passed over.
fn real_time(bytes: &[u8]) -> Option<(Command, usize)> {
    Some(match *bytes.get(1)? {
        0x04 | 0x05 => (Command::Nothing, bytes.get(2).map(|_| 3)?),
        _ => (Command::Unknown, 1),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_all(bytes: &[u8]) -> Vec<Command> {
        let mut reader = Reader::default();
        let mut commands = Vec::new();
        let mut at = 0;
        while let Some((command, length)) = reader.next(&bytes[at..]) {
            commands.push(command);
            at += length;
        }
        commands
    }

    #[test]
    fn commands_follow_each_other_without_gaps() {
        let bytes = b"\x1b@\x1bt\x10\x1d!\x33A\n\x10\x04\x01\x1dv0\x00\x01\x00\x02\x00\xaa\x55\x1dVB\x05\x1d(H\x06\x0000ABCD";
        assert_eq!(
            read_all(bytes),
            [
                Command::Initialise,
                Command::CodePage(16),
                Command::Size(4, 4),
                Command::Character(b'A'),
                Command::LineFeed,
                Command::Nothing,
                Command::Picture { across: 1, down: 1 },
                Command::PictureRow(vec![0xaa]),
                Command::PictureRow(vec![0x55]),
                Command::Cut(5),
                Command::TellProcessed(*b"ABCD"),
            ]
        );
    }

    #[test]
    fn whatever_the_encoder_writes_is_understood() {
        use crate::escpos::{Profile, encode, recovery};
        use crate::slip::{Align, Bitmap, Block, Slip, TextSize};

        let (size, bold, align) = (TextSize::Large, true, Align::Right);
        let slip = Slip {
            blocks: vec![
                Block::Text { text: "Noël\n10 €".into(), size, bold, align },
                Block::Image(Bitmap::new(100, 50)),
                Block::Qr { data: "PK1-H047".into(), module_dots: 5 },
                Block::Space { dots: 700 },
            ],
        };
        for name in Profile::built_in_names() {
            let profile = Profile::built_in(name).unwrap();
            let job = encode(&slip, &profile).unwrap();
            for bytes in [job, recovery(&profile)] {
                let commands = read_all(&bytes);
                assert!(!commands.contains(&Command::Unknown), "{name}: {commands:?}");
                assert!(commands.iter().any(|command| matches!(command, Command::Cut(_))), "{name}");
            }
        }
    }

    proptest! {
        #[test]
        fn rubbish_is_read_to_its_end_without_a_command_of_length_zero(
            bytes in prop::collection::vec(any::<u8>(), 0..2000),
        ) {
            let mut reader = Reader::default();
            let mut at = 0;
            while let Some((_, length)) = reader.next(&bytes[at..]) {
                prop_assert!(length > 0 && at + length <= bytes.len());
                at += length;
            }
        }
    }
}
