//! Who comes: one visit is a party with one number.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Somebody who comes along and asks for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Companion {
    /// Translates.
    Interpreter,
    /// Assists in law. Nobody may be refused the company of a lawyer.
    Lawyer,
    /// A child.
    Minor,
    /// Helps somebody who cannot do it alone.
    Carer,
}

/// A party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Party {
    /// How many ask for something, 1 or more.
    pub applicants: u8,
    /// Who comes along.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub companions: BTreeMap<Companion, u8>,
}

impl Party {
    /// So many applicants and nobody with them.
    pub fn of(applicants: u8) -> Self {
        Self { applicants, companions: BTreeMap::new() }
    }

    /// Both parties as one, as many as can be counted.
    pub fn with(&self, other: &Self) -> Self {
        let mut all = Self { applicants: self.applicants.saturating_add(other.applicants), ..self.clone() };
        for (companion, count) in &other.companions {
            let known = all.companions.entry(*companion).or_default();
            *known = known.saturating_add(*count);
        }
        all
    }

    /// Everybody: the chairs that are taken.
    pub fn people(&self) -> u32 {
        u32::from(self.applicants) + self.companions.values().map(|count| u32::from(*count)).sum::<u32>()
    }
}

impl Default for Party {
    fn default() -> Self {
        Self::of(1)
    }
}
