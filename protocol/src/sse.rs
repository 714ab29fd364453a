//! Reading a stream of server-sent events, by the rules of the HTML standard, incrementally.

/// One event of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The `event:` field; empty stands for « message ».
    pub event: String,
    /// The `data:` lines, joined by line feeds.
    pub data: String,
    /// The `id:` field, if the message has one.
    pub id: Option<String>,
}

/// The longest line and the most data of one message, in bytes. A site's snapshot is not sent on
/// the stream, so nothing comes near it.
pub const BYTES_MAX: usize = 4 << 20;

/// The stream sent more than [`BYTES_MAX`] without an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message on the stream is longer than {BYTES_MAX} bytes")]
pub struct TooLong;

/// Takes bytes as they come and gives messages as they are complete.
#[derive(Debug, Default)]
pub struct Parser {
    line: Vec<u8>,
    after_cr: bool,
    message: Message,
    has_data: bool,
}

impl Parser {
    /// Takes some bytes; gives every message that they complete. Bytes that are not UTF-8 are replaced.
    ///
    /// # Errors
    /// [`TooLong`] if the other side never ends a line or a message: the connection is useless then.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Message>, TooLong> {
        let mut complete = Vec::new();
        for byte in bytes {
            let line_feed_of_crlf = *byte == b'\n' && self.after_cr;
            self.after_cr = *byte == b'\r';
            match byte {
                _ if line_feed_of_crlf => {}
                b'\n' | b'\r' => {
                    let line = std::mem::take(&mut self.line);
                    complete.extend(self.end_of_line(&String::from_utf8_lossy(&line)));
                }
                _ => self.line.push(*byte),
            }
            if self.line.len() + self.message.data.len() > BYTES_MAX {
                return Err(TooLong);
            }
        }
        Ok(complete)
    }

    fn end_of_line(&mut self, line: &str) -> Option<Message> {
        if line.is_empty() {
            let message = std::mem::take(&mut self.message);
            return std::mem::take(&mut self.has_data).then_some(message);
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => self.message.event = value.to_owned(),
            "id" if !value.contains('\0') => self.message.id = Some(value.to_owned()),
            "data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.message.data.push('\n');
                }
                self.message.data.push_str(value);
            }
            _ => {} // comments, `retry` and what may come later
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str =
        ": hello\r\n\r\nevent: change\nid: e:1\ndata: {\"a\":\ndata: 1}\n\ndata:x\r\rid: e:2\n\n";

    fn expected() -> Vec<Message> {
        vec![
            Message { event: "change".into(), data: "{\"a\":\n1}".into(), id: Some("e:1".into()) },
            Message { event: String::new(), data: "x".into(), id: None },
        ]
    }

    #[test]
    fn messages_are_the_same_however_the_bytes_are_cut() {
        for size in 1..STREAM.len() {
            let mut parser = Parser::default();
            let read: Vec<Message> =
                STREAM.as_bytes().chunks(size).flat_map(|chunk| parser.push(chunk).unwrap()).collect();
            assert_eq!(read, expected(), "in pieces of {size}");
        }
    }

    #[test]
    fn a_line_without_an_end_is_refused() {
        let mut parser = Parser::default();
        assert_eq!(parser.push(&vec![b'x'; BYTES_MAX + 1]), Err(TooLong));
    }
}
