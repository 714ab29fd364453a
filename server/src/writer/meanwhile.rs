//! Many visits that were served while the server was away, recorded at once.

use super::{WriteError, Writer, command::Decided};
use domain::{Actor, Command, Event, Recorded, Refusal, SiteId, TicketNumber, Time, meanwhile};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What became of each number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// Those whose visits are over now, in the order in which they were given.
    pub recorded: Vec<TicketNumber>,
    /// Those that could not be recorded, and why.
    pub unrecorded: Vec<(TicketNumber, Refusal)>,
}

impl Served {
    /// What was decided says which are over: a new day may have begun, in which nobody has a number yet.
    fn of(
        decided: &[Recorded],
        numbers: Vec<TicketNumber>,
        mut refused: BTreeMap<TicketNumber, Refusal>,
    ) -> Self {
        let over = |number: &TicketNumber| {
            decided.iter().any(|recorded| match &recorded.event {
                Event::ServedMeanwhile { numbers, .. } => numbers.contains(number),
                _ => false,
            })
        };
        let (recorded, others): (Vec<_>, Vec<_>) = numbers.into_iter().partition(over);
        let why = |number: TicketNumber| {
            let refusal = refused.remove(&number).unwrap_or(Refusal::UnknownVisit);
            (number, refusal)
        };
        Self { recorded, unrecorded: others.into_iter().map(why).collect() }
    }
}

impl Writer {
    /// Records visits as served. With an id that was seen before, nothing changes and the answer is the same.
    ///
    /// # Errors
    /// A [`Refusal`] of the whole; [`WriteError::IdReused`] if the id was that of another command; or that it could not
    /// be stored.
    pub async fn record_served(
        &self,
        site: SiteId,
        id: Uuid,
        numbers: Vec<TicketNumber>,
        at: Option<Time>,
        actor: Actor,
    ) -> Result<Served, WriteError> {
        let command = Command::RecordServed { numbers: numbers.clone(), at };
        let decided = self
            .run(move |unit| {
                let asked = format!("{} {actor:?} {command:?}", site.as_str());
                unit.once(&site, id, asked, |unit| {
                    let at = at.unwrap_or(unit.now(&site));
                    let refused: BTreeMap<TicketNumber, Refusal> =
                        meanwhile::unrecorded(unit.branch(&site)?, &numbers, at).into_iter().collect();
                    let events = unit.decide(&site, &command, actor)?;
                    Ok(Decided::Served(Served::of(&events, numbers, refused)))
                })
            })
            .await?;
        match decided {
            Decided::Served(served) => Ok(served),
            Decided::Refused(refusal) => Err(refusal.into()),
            // The id is compared with what was asked, so that this cannot be the answer of another command.
            Decided::Events(_) => Err(WriteError::IdReused),
        }
    }
}
