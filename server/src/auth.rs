//! Who asks: extractors that let a handler begin only for those who may.

use crate::{
    app::App,
    error::ApiError,
    origin, secret,
    store::{Account, DeviceRow, accounts, devices},
};
use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{header, request::Parts},
};
use domain::SiteId;
use protocol::pairing::DeviceKind;

/// The cookie of a console's session. `__Host-`: only over TLS, only this host, the whole site.
pub const SESSION_COOKIE: &str = "__Host-guichet";
/// The same without TLS, which is loopback only.
pub const SESSION_COOKIE_PLAIN: &str = "guichet";

/// An enrolled device.
pub struct Device(pub DeviceRow);

impl Device {
    /// Lets only one kind of device at its own site pass.
    ///
    /// # Errors
    /// [`ApiError::Forbidden`] for every other.
    pub fn require(self, kind: DeviceKind, site: &SiteId) -> Result<DeviceRow, ApiError> {
        if self.0.kind == kind && self.0.site == *site { Ok(self.0) } else { Err(ApiError::Forbidden) }
    }
}

impl FromRequestParts<App> for Device {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let token = bearer(parts).ok_or(ApiError::Unauthorized)?;
        let hash = secret::hash(token);
        let device = app.reader.read(|db| devices::by_token(db, &hash))?;
        device.map(Self).ok_or(ApiError::Unauthorized)
    }
}

/// Somebody who signed in, with the secret of the session: a program shows it as a token, a browser as a
/// cookie, and a cookie counts only where [`origin`] lets it.
pub struct Agent {
    /// Who.
    pub account: Account,
    /// The session's secret.
    pub session: String,
}

impl Agent {
    /// Lets only people of a site pass.
    ///
    /// # Errors
    /// [`ApiError::Forbidden`] for everybody else.
    pub fn require(&self, site: &SiteId) -> Result<(), ApiError> {
        if self.account.site == *site { Ok(()) } else { Err(ApiError::Forbidden) }
    }
}

impl FromRequestParts<App> for Agent {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let session = match cookie(parts) {
            Some(_) if !origin::may_bring_cookies(parts) => return Err(ApiError::Forbidden),
            Some(session) => session,
            None => bearer(parts).ok_or(ApiError::Unauthorized)?,
        };
        let session = session.to_owned();
        let hash = secret::hash(&session);
        let now = app.clock.now();
        let account = app.reader.read(|db| accounts::by_session(db, &hash, now))?;
        account.map(|account| Self { account, session }).ok_or(ApiError::Unauthorized)
    }
}

impl OptionalFromRequestParts<App> for Agent {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, ApiError> {
        match <Self as FromRequestParts<App>>::from_request_parts(parts, app).await {
            Ok(agent) => Ok(Some(agent)),
            Err(ApiError::Unauthorized) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn bearer(parts: &Parts) -> Option<&str> {
    parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

fn cookie(parts: &Parts) -> Option<&str> {
    let pairs = parts.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    pairs
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| [SESSION_COOKIE, SESSION_COOKIE_PLAIN].contains(&name).then_some(value))
}
