//! Devices, accounts and sessions: who may ask.

use super::{Unit, WriteError, Writer};
use crate::{
    secret,
    store::{Account, DeviceRow, PairingCode, accounts, devices},
};
use chrono::Duration;
use domain::{Actor, AgentId, Command, CounterId, DeviceId, LaneCode, SiteId};
use protocol::{control::Role, pairing::DeviceKind};
use uuid::Uuid;

/// How long a pairing code works.
pub const CODE_VALID: Duration = Duration::minutes(10);
/// How long somebody stays signed in: a long working day.
pub const SESSION_VALID: Duration = Duration::hours(12);

/// A device that was just enrolled.
#[derive(Clone, Debug)]
pub struct Enrolled {
    /// The device.
    pub device: DeviceRow,
    /// Its token, which only the device gets to know.
    pub token: String,
    /// Its lane, if it is a kiosk.
    pub lane: Option<LaneCode>,
}

impl Writer {
    /// Makes a pairing code.
    ///
    /// # Errors
    /// If there is no such site, or it could not be stored.
    pub async fn pairing_code(&self, code: PairingCode) -> Result<String, WriteError> {
        self.run(move |unit| {
            unit.branch(&code.site)?;
            let text = secret::pairing_code()?;
            devices::put_code(unit.db, &secret::hash_code(&text), &code, unit.clock.now() + CODE_VALID)?;
            Ok(text)
        })
        .await
    }

    /// Enrols a device by its code; `None` if the code is wrong, used or too old.
    ///
    /// # Errors
    /// That it could not be stored.
    pub async fn pair(&self, code: String, incarnation: Uuid) -> Result<Option<Enrolled>, WriteError> {
        self.run(move |unit| {
            let now = unit.clock.now();
            let Some(code) = devices::take_code(unit.db, &secret::hash_code(&code), now)? else {
                return Ok(None);
            };
            let device = DeviceRow {
                id: DeviceId(unit.clock.new_id()),
                site: code.site,
                kind: code.kind,
                name: code.name,
            };
            let token = secret::token()?;
            devices::put(unit.db, &device, &secret::hash(&token), now)?;
            let lane = lane(unit, &device, incarnation)?;
            Ok(Some(Enrolled { device, token, lane }))
        })
        .await
    }

    /// Gives a new incarnation of a kiosk a lane of its own.
    ///
    /// # Errors
    /// That it could not be stored, or that no lane is left.
    pub async fn incarnation(
        &self,
        device: DeviceRow,
        incarnation: Uuid,
    ) -> Result<Option<LaneCode>, WriteError> {
        self.run(move |unit| lane(unit, &device, incarnation)).await
    }

    /// Refuses a device from now on; false if there is no such device.
    ///
    /// # Errors
    /// That it could not be stored.
    pub async fn revoke(&self, device: DeviceId) -> Result<bool, WriteError> {
        self.run(move |unit| {
            let Some(site) = devices::revoke(unit.db, device, unit.clock.now())? else { return Ok(false) };
            // A site that is no longer configured has no lanes either.
            if unit.branch(&site).is_ok() {
                unit.decide(&site, &Command::RevokeLanes(device), Actor::Operator)?;
            }
            Ok(true)
        })
        .await
    }

    /// Makes an account; `None` if the name is taken at this site.
    ///
    /// # Errors
    /// If there is no such site, or it could not be stored.
    pub async fn add_account(
        &self,
        site: SiteId,
        name: String,
        role: Role,
        password_hash: String,
    ) -> Result<Option<AgentId>, WriteError> {
        self.run(move |unit| {
            unit.branch(&site)?;
            let account = Account { id: AgentId(unit.clock.new_id()), site, name, role };
            Ok(accounts::put(unit.db, &account, &password_hash)?.then_some(account.id))
        })
        .await
    }

    /// Begins a session and gives its secret.
    ///
    /// # Errors
    /// That it could not be stored.
    pub async fn sign_in(&self, agent: AgentId) -> Result<String, WriteError> {
        self.run(move |unit| {
            let token = secret::token()?;
            accounts::put_session(unit.db, &secret::hash(&token), agent, unit.clock.now() + SESSION_VALID)?;
            Ok(token)
        })
        .await
    }

    /// Ends a session. The last one of somebody frees the counters at which nobody is received.
    ///
    /// # Errors
    /// That it could not be stored.
    pub async fn sign_out(&self, token: String) -> Result<(), WriteError> {
        self.run(move |unit| {
            let (session, now) = (secret::hash(&token), unit.clock.now());
            let account = accounts::by_session(unit.db, &session, now)?;
            accounts::end_session(unit.db, &session)?;
            match account {
                // Still signed in at another machine, perhaps at the counter itself.
                Some(account) if accounts::is_signed_in(unit.db, account.id, now)? => Ok(()),
                Some(account) => leave_counters(unit, &account),
                None => Ok(()),
            }
        })
        .await
    }

    /// Gives an account another password and ends its sessions; false if there is no such account.
    ///
    /// # Errors
    /// That it could not be stored.
    pub async fn set_password(
        &self,
        site: SiteId,
        name: String,
        password_hash: String,
    ) -> Result<bool, WriteError> {
        self.run(move |unit| {
            let Some(account) = account(unit, &site, &name)? else { return Ok(false) };
            accounts::set_password(unit.db, account.id, &password_hash)?;
            Ok(true)
        })
        .await
    }

    /// Lets nobody in with an account any more, until it gets another password. Ends its sessions and frees
    /// its counters; false if there is no such account.
    ///
    /// # Errors
    /// That it could not be stored.
    pub async fn close_account(&self, site: SiteId, name: String) -> Result<bool, WriteError> {
        self.run(move |unit| {
            let Some(account) = account(unit, &site, &name)? else { return Ok(false) };
            leave_counters(unit, &account)?;
            accounts::set_password(unit.db, account.id, "")?;
            Ok(true)
        })
        .await
    }
}

fn account(unit: &Unit<'_>, site: &SiteId, name: &str) -> Result<Option<Account>, WriteError> {
    let accounts = accounts::by_name(unit.db, name)?;
    Ok(accounts.into_iter().map(|(account, _)| account).find(|account| account.site == *site))
}

/// Frees the counters at which somebody sits and nobody is received. One where somebody is stays open: a
/// supervisor can take it over.
fn leave_counters(unit: &mut Unit<'_>, account: &Account) -> Result<(), WriteError> {
    let counters = &unit.branch(&account.site)?.counters;
    let own = counters.iter().filter(|(_, open)| open.agent == account.id);
    let own: Vec<CounterId> = own.map(|(counter, _)| *counter).collect();
    for counter in own {
        match unit.decide(&account.site, &Command::CloseCounter(counter), account.actor()) {
            Ok(_) | Err(WriteError::Refused(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn lane(unit: &mut Unit<'_>, device: &DeviceRow, incarnation: Uuid) -> Result<Option<LaneCode>, WriteError> {
    if device.kind != DeviceKind::Kiosk {
        return Ok(None);
    }
    let grant = Command::GrantLane { device: device.id, incarnation };
    let recorded = unit.decide(&device.site, &grant, Actor::Device(device.id))?;
    let granted = recorded.into_iter().find_map(|recorded| match recorded.event {
        domain::Event::LaneGranted { lane, .. } => Some(lane),
        _ => None,
    });
    Ok(match granted {
        Some(lane) => Some(lane),
        None => unit.branch(&device.site)?.lane_of(device.id, incarnation).cloned(),
    })
}
