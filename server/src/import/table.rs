//! Bytes to a table: encoding, separator, quotes, line numbers.

use encoding_rs::WINDOWS_1252;

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
    pub header: Vec<String>,
    /// The others.
    pub rows: Vec<Row>,
}

/// The text of a file: UTF-8 if it is that, else Windows-1252, in which every byte means something.
pub(super) fn decode(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

pub(super) fn read(text: &str) -> Result<Table, String> {
    let separator = separator(text)?;
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| format!("cannot be read as CSV: {error}"))?;
        let line = record.position().map_or(0, csv::Position::line);
        let fields: Vec<String> = record.iter().map(str::to_owned).collect();
        // A line with nothing on it, as spreadsheets leave at the end.
        if fields.iter().any(|field| !field.trim().is_empty()) {
            rows.push(Row { line, fields });
        }
    }
    if rows.is_empty() {
        return Err("the file is empty".into());
    }
    let header = rows.remove(0).fields;
    Ok(Table { header, rows })
}

/// Whichever of semicolon, comma and tab stands most often in the header, outside quotes.
fn separator(text: &str) -> Result<u8, String> {
    let mut counts = [(b';', 0), (b',', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in text.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if quoted => {}
            _ => counts.iter_mut().filter(|(separator, _)| *separator == byte).for_each(|(_, count)| *count += 1),
        }
    }
    match counts.into_iter().max_by_key(|(_, count)| *count) {
        Some((separator, 1..)) => Ok(separator),
        _ => Err("the first line has no columns: they are separated by semicolons, commas or tabs".into()),
    }
}
