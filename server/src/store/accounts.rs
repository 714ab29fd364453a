//! People who sign in, and their sessions.

use super::{StoreError, stamp};
use chrono::{DateTime, Utc};
use domain::{Actor, AgentId, SiteId};
use icu_normalizer::ComposingNormalizerBorrowed;
use protocol::control::Role;
use rusqlite::{Connection, OptionalExtension, params};

/// Somebody who may sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Identity.
    pub id: AgentId,
    /// Where.
    pub site: SiteId,
    /// The name to sign in with.
    pub name: String,
    /// What the person may do.
    pub role: Role,
}

impl Account {
    /// The person, as the rules know them.
    pub fn actor(&self) -> Actor {
        match self.role {
            Role::Agent => Actor::Agent(self.id),
            Role::Supervisor => Actor::Supervisor(self.id),
        }
    }
}

fn role_text(role: Role) -> &'static str {
    match role {
        Role::Agent => "agent",
        Role::Supervisor => "supervisor",
    }
}

fn read_role(text: &str) -> Result<Role, StoreError> {
    match text {
        "agent" => Ok(Role::Agent),
        "supervisor" => Ok(Role::Supervisor),
        _ => Err(StoreError::unreadable("a role", text)),
    }
}

fn account((id, site, name, role): (String, String, String, String)) -> Result<Account, StoreError> {
    let id = id.parse().map(AgentId).map_err(|_| StoreError::unreadable("an account", id))?;
    Ok(Account { id, site: SiteId::new(site), name, role: read_role(&role)? })
}

/// A name as it is compared. Capitals do not count, nor does whether a keyboard makes a letter and its accent
/// in one piece.
pub(crate) fn folded(name: &str) -> String {
    let composed = ComposingNormalizerBorrowed::new_nfc();
    composed.normalize(&name.trim().to_lowercase()).into_owned()
}

/// Makes an account; false if the name is taken at this site.
pub(crate) fn put(db: &Connection, account: &Account, password_hash: &str) -> Result<bool, StoreError> {
    if by_name(db, &account.name)?.iter().any(|(other, _)| other.site == account.site) {
        return Ok(false);
    }
    let sql = "INSERT INTO account (id, site, name, password_hash, role) VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT (site, name) DO NOTHING";
    let role = role_text(account.role);
    let row = params![account.id.to_string(), account.site.as_str(), account.name, password_hash, role];
    Ok(db.execute(sql, row)? > 0)
}

/// Gives an account another password, or with an empty hash none that anybody could type, and ends its
/// sessions.
pub(crate) fn set_password(db: &Connection, agent: AgentId, password_hash: &str) -> Result<(), StoreError> {
    db.execute("UPDATE account SET password_hash = ?2 WHERE id = ?1", [&agent.to_string(), password_hash])?;
    db.execute("DELETE FROM session WHERE account = ?1", [agent.to_string()])?;
    Ok(())
}

/// The accounts of a name, one at each site at most, with their passwords' hashes. Of a few hundred accounts
/// each is looked at: SQLite compares neither capitals nor accents.
pub(crate) fn by_name(db: &Connection, name: &str) -> Result<Vec<(Account, String)>, StoreError> {
    let mut query = db.prepare_cached("SELECT id, site, name, role, password_hash FROM account")?;
    let rows =
        query.query_map([], |row| Ok(((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?), row.get(4)?)))?;
    let accounts = rows
        .map(|row| row.map_err(StoreError::from).and_then(|(columns, hash)| Ok((account(columns)?, hash))));
    let wanted = folded(name);
    accounts.filter(|row| row.as_ref().map_or(true, |(account, _)| folded(&account.name) == wanted)).collect()
}

/// The name behind an agent's identity.
pub(crate) fn name(db: &Connection, agent: AgentId) -> Result<Option<String>, StoreError> {
    let mut query = db.prepare_cached("SELECT name FROM account WHERE id = ?1")?;
    Ok(query.query_row([agent.to_string()], |row| row.get(0)).optional()?)
}

pub(crate) fn put_session(
    db: &Connection,
    token_hash: &str,
    agent: AgentId,
    expires_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO session (token_hash, account, expires_at) VALUES (?1, ?2, ?3)";
    db.execute(sql, [token_hash, &agent.to_string(), &stamp(expires_at)])?;
    Ok(())
}

pub(crate) fn end_session(db: &Connection, token_hash: &str) -> Result<(), StoreError> {
    db.execute("DELETE FROM session WHERE token_hash = ?1", [token_hash])?;
    Ok(())
}

/// Whether somebody has a session that has not expired.
pub(crate) fn is_signed_in(db: &Connection, agent: AgentId, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM session WHERE account = ?1 AND expires_at > ?2)";
    Ok(db.prepare_cached(sql)?.query_row([agent.to_string(), stamp(now)], |row| row.get(0))?)
}

/// Whoever holds a session that has not expired.
pub(crate) fn by_session(
    db: &Connection,
    token_hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<Account>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT account.id, account.site, account.name, account.role FROM session
         JOIN account ON account.id = session.account
         WHERE session.token_hash = ?1 AND session.expires_at > ?2",
    )?;
    let row = query
        .query_row([token_hash, &stamp(now)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    row.map(account).transpose()
}
