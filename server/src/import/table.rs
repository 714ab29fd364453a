//! Bytes to a table: encoding, separator, quotes, line numbers.

use encoding_rs::{Encoding, WINDOWS_1252};

/// A record with the line on which it begins.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Counted from 1.
    pub line: u64,
    /// As written.
    pub fields: Vec<String>,
    /// Why nobody can tell where its fields end.
    pub fault: Option<String>,
}

/// A file as a table.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// The first record.
    pub header: Row,
    /// The others.
    pub rows: Vec<Row>,
    /// What stands between the fields.
    pub separator: char,
}

/// Why a file is not a table: the line (0 for the file as a whole), and the reason.
pub(super) type Unreadable = (u64, String);

/// What a spreadsheet's own file begins with: it is a ZIP archive.
const ZIP: &[u8] = b"PK\x03\x04";

/// The text of a file: as its byte order mark says; without one UTF-8 if it is that, broken letters aside,
/// else Windows-1252, in which every byte means something.
pub(super) fn decode(bytes: &[u8]) -> String {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned();
    }
    let text = String::from_utf8_lossy(bytes);
    let broken = text.matches(char::REPLACEMENT_CHARACTER).count();
    let beyond_ascii = text.chars().filter(|c| !c.is_ascii()).count();
    // Letters of another encoding are hardly ever whole letters of UTF-8 as well.
    if 2 * broken <= beyond_ascii {
        return text.into_owned();
    }
    WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned()
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
    let told = told.and_then(|told| told.chars().next().filter(|_| told.len() == 1));
    let separator = told.or_else(|| separator(&text)).ok_or_else(|| {
        (1, "the first line has no columns: they are separated by semicolons, commas or tabs".into())
    })?;
    let mut rows = Records::read(&text, separator)?;
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
    Ok(Table { header, rows, separator })
}

/// Reads records character by character. A reader that forgives what stands after a closing quote cannot
/// tell a field over several lines from lines that a stray quote has swallowed.
struct Records {
    rows: Vec<Row>,
    row: Row,
    field: String,
    place: Place,
    /// The line of the present character, counted as an editor does.
    line: u64,
}

/// Where in a field the next character stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    Bare,
    Quoted,
    /// After a quote within quotes: the end of the field, or the first half of a quote in it.
    Closed,
}

impl Records {
    fn read(text: &str, separator: char) -> Result<Vec<Row>, Unreadable> {
        let row = Row { line: 1, fields: Vec::new(), fault: None };
        let mut records = Self { rows: Vec::new(), row, field: String::new(), place: Place::Start, line: 1 };
        let mut previous = '\0';
        for c in text.chars() {
            let in_pair = c == '\n' && previous == '\r';
            records.line += u64::from(is_line_end(c) && !in_pair);
            records.take(c, separator);
            previous = c;
        }
        if records.place == Place::Quoted {
            let reason = "has a quote that is never closed: the file is torn there, or further on";
            return Err((records.row.line, reason.into()));
        }
        if records.is_in_a_row() {
            // Half a reference or half an hour is as good as a whole one to whoever reads it.
            let reason = "ends without a line end: is the file torn? (if it is whole, add one)";
            return Err((records.row.line, reason.into()));
        }
        Ok(records.rows)
    }

    fn take(&mut self, c: char, separator: char) {
        match (self.place, c) {
            (Place::Start, '"') => self.place = Place::Quoted,
            (Place::Quoted, '"') => self.place = Place::Closed,
            (Place::Closed, '"') => self.put(c, Place::Quoted),
            (Place::Quoted, _) => self.put(c, Place::Quoted),
            _ if c == separator => self.end_field(),
            _ if is_line_end(c) => self.end_row(),
            (Place::Closed, _) => {
                let line = self.line;
                self.row.fault.get_or_insert_with(|| {
                    format!(
                        "has text after the closing quote of a field (in line {line}): is there a quote too many, \
                         or one too few?"
                    )
                });
                self.put(c, Place::Bare);
            }
            (Place::Start | Place::Bare, _) => self.put(c, Place::Bare),
        }
    }

    fn put(&mut self, c: char, place: Place) {
        self.field.push(c);
        self.place = place;
    }

    fn end_field(&mut self) {
        self.row.fields.push(std::mem::take(&mut self.field));
        self.place = Place::Start;
    }

    fn is_in_a_row(&self) -> bool {
        !self.row.fields.is_empty() || self.place != Place::Start
    }

    /// Ends a record, unless nothing at all stands on the line.
    fn end_row(&mut self) {
        if self.is_in_a_row() {
            self.end_field();
            let next = Row { line: self.line, fields: Vec::new(), fault: None };
            self.rows.push(std::mem::replace(&mut self.row, next));
        }
        self.row.line = self.line;
    }
}

pub(super) fn is_line_end(c: char) -> bool {
    matches!(c, '\r' | '\n')
}

/// Whichever of semicolon, comma and tab stands most often in the header, outside quotes.
fn separator(text: &str) -> Option<char> {
    let mut counts = [(';', 0), (',', 0), ('\t', 0)];
    let mut quoted = false;
    for c in text.trim_start().chars() {
        match c {
            '"' => quoted = !quoted,
            c if is_line_end(c) && !quoted => break,
            _ if quoted => {}
            _ => {
                counts.iter_mut().filter(|(separator, _)| *separator == c).for_each(|(_, count)| *count += 1)
            }
        }
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    most.filter(|(_, count)| *count > 0).map(|(separator, _)| separator)
}
