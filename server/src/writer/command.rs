//! Commands of people: decided once, answered alike however often they are sent.

use super::{WriteError, Writer};
use crate::store::{StoreError, log};
use domain::{Actor, Command, Recorded, Refusal, SiteId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What became of a command, kept so that a repeat gets the same answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decided {
    /// These events were recorded.
    Events(Vec<Recorded>),
    /// This was the reason for « no ».
    Refused(Refusal),
}

impl Writer {
    /// Decides a command. With an id that was seen before, nothing changes and the answer is the same.
    ///
    /// # Errors
    /// A [`Refusal`], or that it could not be stored.
    pub async fn command(
        &self,
        site: SiteId,
        id: Uuid,
        command: Command,
        actor: Actor,
    ) -> Result<Vec<Recorded>, WriteError> {
        let decided = self
            .run(move |unit| {
                if let Some(known) = log::answer(unit.db, id)? {
                    return protocol::json::from_text(&known)
                        .map_err(|_| StoreError::unreadable("an answer", known).into());
                }
                let decided = match unit.decide(&site, &command, actor) {
                    Ok(events) => Decided::Events(events),
                    Err(WriteError::Refused(refusal)) => Decided::Refused(refusal),
                    Err(error) => return Err(error),
                };
                let text = protocol::json::to_text(&decided)
                    .map_err(|_| StoreError::unreadable("an answer", id.to_string()))?;
                log::set_answer(unit.db, id, unit.now(&site), &text)?;
                Ok(decided)
            })
            .await?;
        match decided {
            Decided::Events(events) => Ok(events),
            Decided::Refused(refusal) => Err(WriteError::Refused(refusal)),
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
