//! Lanes and the numbers printed on tickets.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// How many numbers a lane counts before it wraps: three digits can be said and remembered.
pub const NUMBERS_PER_LANE: u16 = 1000;

/// Lane codes in the order in which they are granted: letters that are not confused by ear, in
/// French or over a loudspeaker, first alone and then in pairs.
pub const LANE_LETTERS: [char; 6] = ['A', 'H', 'K', 'L', 'R', 'X'];

/// One or two letters: the series of numbers of one device.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct LaneCode(String);

/// What is wrong with a lane code or a ticket number that somebody wrote.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// A lane is one or two capital letters.
    #[error("a lane code is one or two capital letters, not `{0}`")]
    Lane(String),
    /// A number is a lane and three digits.
    #[error("a ticket number is a lane and three digits, such as H047, not `{0}`")]
    Number(String),
}

impl LaneCode {
    /// Every code that may be granted, in order: `A`, `H`, … `X`, `AA`, `AH`, …
    pub fn all() -> impl Iterator<Item = LaneCode> {
        let pairs = LANE_LETTERS.iter().flat_map(|a| LANE_LETTERS.iter().map(move |b| format!("{a}{b}")));
        LANE_LETTERS.iter().map(char::to_string).chain(pairs).map(LaneCode)
    }

    /// The letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for LaneCode {
    type Error = NumberError;
    fn try_from(code: String) -> Result<Self, NumberError> {
        let right = (1..=2).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_uppercase());
        if right { Ok(Self(code)) } else { Err(NumberError::Lane(code)) }
    }
}

impl From<LaneCode> for String {
    fn from(code: LaneCode) -> String {
        code.0
    }
}

impl fmt::Display for LaneCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is printed, shown and said: `H047`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct TicketNumber {
    /// The device's series.
    pub lane: LaneCode,
    /// 0 to 999.
    pub counter: u16,
}

impl TicketNumber {
    /// The number of a lane; `counter` wraps at [`NUMBERS_PER_LANE`].
    pub fn new(lane: LaneCode, counter: u16) -> Self {
        Self { lane, counter: counter % NUMBERS_PER_LANE }
    }

    /// The number after this one in its lane.
    pub fn next(&self) -> Self {
        Self::new(self.lane.clone(), self.counter + 1)
    }
}

impl fmt::Display for TicketNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:03}", self.lane, self.counter)
    }
}

impl FromStr for TicketNumber {
    type Err = NumberError;
    fn from_str(text: &str) -> Result<Self, NumberError> {
        let wrong = || NumberError::Number(text.to_owned());
        let digits = text.len().checked_sub(3).filter(|at| text.is_char_boundary(*at)).ok_or_else(wrong)?;
        let (lane, counter) = text.split_at(digits);
        if !counter.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        let lane = LaneCode::try_from(lane.to_owned()).map_err(|_| wrong())?;
        Ok(Self { lane, counter: counter.parse().map_err(|_| wrong())? })
    }
}

impl TryFrom<String> for TicketNumber {
    type Error = NumberError;
    fn try_from(text: String) -> Result<Self, NumberError> {
        text.parse()
    }
}

impl From<TicketNumber> for String {
    fn from(number: TicketNumber) -> String {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_reads_as_it_is_printed() {
        let number: TicketNumber = "H047".parse().unwrap();
        assert_eq!(number.to_string(), "H047");
        assert_eq!(number.next().to_string(), "H048");
        let last: TicketNumber = "AK999".parse().unwrap();
        assert_eq!(last.next().to_string(), "AK000");
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        for wrong in ["", "047", "h047", "H47", "ABC047", "H04é", "H 47", "H0477", "é47"] {
            assert!(wrong.parse::<TicketNumber>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn lane_codes_are_all_different() {
        let codes: std::collections::BTreeSet<_> = LaneCode::all().collect();
        assert_eq!(codes.len(), 42);
    }
}
