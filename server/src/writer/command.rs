//! Commands of people: decided once, answered alike however often they are sent.

use super::{Served, Unit, WriteError, Writer};
use crate::store::{StoreError, log};
use domain::{Actor, Command, Recorded, Refusal, SiteId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A command and what became of it, kept so that a repeat gets the same answer.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    /// What was asked and by whom: only ever compared, to tell a repeat from an id that is used twice.
    asked: String,
    decided: Decided,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Decided {
    /// These events were recorded.
    Events(Vec<Recorded>),
    /// These visits were recorded as served, and those not.
    Served(Served),
    /// This was the reason for « no ».
    Refused(Refusal),
}

impl Unit<'_> {
    /// Decides what was asked, unless its id was seen before: then the answer is what it was.
    pub(super) fn once(
        &mut self,
        site: &SiteId,
        id: Uuid,
        asked: String,
        decide: impl FnOnce(&mut Self) -> Result<Decided, WriteError>,
    ) -> Result<Decided, WriteError> {
        if let Some(known) = log::answer(self.db, id)? {
            let kept: Kept =
                protocol::json::from_text(&known).map_err(|_| StoreError::unreadable("an answer", known))?;
            return if kept.asked == asked { Ok(kept.decided) } else { Err(WriteError::IdReused) };
        }
        let decided = match decide(self) {
            Ok(decided) => decided,
            // Only the moment was wrong: the same press, a little later, is right.
            Err(WriteError::Refused(refusal @ Refusal::RecallTooSoon { .. })) => return Err(refusal.into()),
            Err(WriteError::Refused(refusal)) => Decided::Refused(refusal),
            Err(error) => return Err(error),
        };
        let kept = Kept { asked, decided };
        let text = protocol::json::to_text(&kept)
            .map_err(|_| StoreError::unreadable("an answer", id.to_string()))?;
        log::set_answer(self.db, id, self.now(site), &text)?;
        Ok(kept.decided)
    }
}

impl Writer {
    /// Decides a command. With an id that was seen before, nothing changes and the answer is the same.
    ///
    /// # Errors
    /// A [`Refusal`]; [`WriteError::IdReused`] if the id was that of another command; or that it could not
    /// be stored.
    pub async fn command(
        &self,
        site: SiteId,
        id: Uuid,
        command: Command,
        actor: Actor,
    ) -> Result<Vec<Recorded>, WriteError> {
        let decided = self
            .run(move |unit| {
                let asked = format!("{} {actor:?} {command:?}", site.as_str());
                unit.once(&site, id, asked, |unit| unit.decide(&site, &command, actor).map(Decided::Events))
            })
            .await?;
        match decided {
            Decided::Events(events) => Ok(events),
            Decided::Refused(refusal) => Err(WriteError::Refused(refusal)),
            // The id is compared with what was asked, so that this cannot be the answer of another command.
            Decided::Served(_) => Err(WriteError::IdReused),
        }
    }

    /// Lets time pass: a new service day begins if it is due.
    ///
    /// # Errors
    /// That it could not be stored.
    pub async fn tick(&self) -> Result<(), WriteError> {
        self.run(|unit| {
            for site in unit.sites() {
                unit.decide(&site, &Command::Tick, Actor::System)?;
            }
            Ok(())
        })
        .await
    }

    /// Sets a site up as the configuration says.
    ///
    /// # Errors
    /// That it could not be stored.
    pub async fn configure(&self, site: domain::Site) -> Result<(), WriteError> {
        self.run(move |unit| {
            let id = site.id.clone();
            unit.decide(&id, &Command::Configure(Box::new(site)), Actor::Operator).map(drop)
        })
        .await
    }
}
