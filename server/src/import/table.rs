//! Bytes to a table: encoding, separator, quotes, line numbers.

use encoding_rs::{Encoding, WINDOWS_1252};

/// A record with the line on which it begins.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Counted from 1.
    pub line: u64,
    /// As written.
    pub fields: Vec<String>,
}

/// A file as a table.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// The first record.
    pub header: Row,
    /// The others.
    pub rows: Vec<Row>,
}

/// Why a file is not a table: the line (0 for the file as a whole), and the reason.
pub(super) type Unreadable = (u64, String);

/// What a spreadsheet's own file begins with: it is a ZIP archive.
const ZIP: &[u8] = b"PK\x03\x04";
/// A record of our own after the last one. If it does not come back by itself, a quote that is still
/// open has swallowed it.
const END: &str = "\n\u{1}";

/// The text of a file: as its byte order mark says; without one UTF-8 if it is that, else
/// Windows-1252, in which every byte means something.
pub(super) fn decode(bytes: &[u8]) -> String {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

pub(super) fn read(bytes: &[u8]) -> Result<Table, Unreadable> {
    if bytes.starts_with(ZIP) {
        return Err((0, "this is a spreadsheet or an archive: save it as CSV first".into()));
    }
    let text = decode(bytes);
    if text.trim().is_empty() {
        return Err((0, "the file is empty".into()));
    }
    let told = text.lines().next().and_then(|line| line.trim_end().strip_prefix("sep="));
    let told = told.and_then(|told| told.bytes().next().filter(|_| told.len() == 1));
    let separator = told.or_else(|| separator(&text)).ok_or_else(|| {
        (1, "the first line has no columns: they are separated by semicolons, commas or tabs".into())
    })?;
    let torn = text.ends_with(char::from(separator));
    let mut rows = records(&(text + END), separator)?;
    match rows.pop() {
        Some(end) if end.fields == [&END[1..]] => {}
        last => {
            let line = last.map_or(0, |row| row.line);
            return Err((
                line,
                "has a quote that is never closed: the file is torn there, or further on".into(),
            ));
        }
    }
    if let Some(last) = rows.last().filter(|_| torn) {
        let reason = "ends after a separator: is the file torn? (if it is whole, end it with a line end)";
        return Err((last.line, reason.into()));
    }
    if told.is_some() {
        // A line of its own, by which a spreadsheet is told the separator.
        rows.remove(0);
    }
    // A line with nothing on it, as spreadsheets leave at the end.
    rows.retain(|row| row.fields.iter().any(|field| !field.trim().is_empty()));
    if rows.is_empty() {
        return Err((0, "the file is empty".into()));
    }
    let header = rows.remove(0);
    Ok(Table { header, rows })
}

fn records(text: &str, separator: u8) -> Result<Vec<Row>, Unreadable> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut lines = Lines { text: text.as_bytes(), at: 0, line: 1 };
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| (0, format!("cannot be read as CSV: {error}")))?;
        let begins = record.position().and_then(|position| usize::try_from(position.byte()).ok());
        let line = lines.of(begins.unwrap_or_default());
        rows.push(Row { line, fields: record.iter().map(str::to_owned).collect() });
    }
    Ok(rows)
}

/// Counts lines as an editor does. The CSV reader's own count is taken before it passes over the rest of
/// a line end or over empty lines, so it is too low after them.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of the first character at or after `byte` that is not a line end. Bytes only go up.
    fn of(&mut self, byte: usize) -> u64 {
        while let Some(here) = self.text.get(self.at) {
            let is_end = matches!(here, b'\r' | b'\n');
            if self.at >= byte && !is_end {
                break;
            }
            let in_pair = *here == b'\r' && self.text.get(self.at + 1) == Some(&b'\n');
            self.line += u64::from(is_end && !in_pair);
            self.at += 1;
        }
        self.line
    }
}

/// Whichever of semicolon, comma and tab stands most often in the header, outside quotes.
fn separator(text: &str) -> Option<u8> {
    let mut counts = [(b';', 0), (b',', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in text.trim_start().bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\r' | b'\n' if !quoted => break,
            _ if quoted => {}
            _ => counts
                .iter_mut()
                .filter(|(separator, _)| *separator == byte)
                .for_each(|(_, count)| *count += 1),
        }
    }
    counts
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .filter(|(_, count)| *count > 0)
        .map(|(separator, _)| separator)
}
