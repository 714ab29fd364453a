//! Pairing this kiosk with a server, by a one-time code.

use crate::{
    clock,
    local::{Identity, LocalStore, StoreError},
};
use protocol::{
    enrolment::{self, Enrolment},
    pairing::DeviceKind,
};

/// Why the kiosk is not paired. Nothing was changed on it.
#[derive(Debug, thiserror::Error)]
pub enum EnrolmentError {
    /// The server did not enrol it.
    #[error(transparent)]
    Server(#[from] enrolment::EnrolmentError),
    /// The server gave no lane or no key.
    #[error("the server did not say which numbers this kiosk gives: is it of another version?")]
    NoLane,
    /// What the server said could not be kept.
    #[error("the pairing could not be stored; make a new code and try again")]
    Store(#[from] StoreError),
}

/// Pairs with a server. With `fingerprint`, the server's own authority is fetched, compared and pinned;
/// without, its certificate has to come from an authority that the machine trusts.
///
/// # Errors
/// In words for the operator, see [`EnrolmentError`].
pub async fn pair(
    store: &mut LocalStore,
    server: &str,
    code: &str,
    fingerprint: Option<&str>,
) -> Result<Identity, EnrolmentError> {
    let incarnation = clock::new_incarnation();
    let asked = Enrolment { server, code, fingerprint, kind: DeviceKind::Kiosk, incarnation };
    let enrolled = enrolment::enrol(&asked).await?;
    let paired = enrolled.paired;
    let (Some(lane), Some(lookup)) = (paired.lane, paired.lookup) else { return Err(EnrolmentError::NoLane) };
    let identity = Identity {
        server: enrolled.server,
        authority: enrolled.authority,
        device: paired.device,
        site: paired.site,
        name: paired.name,
        token: paired.token,
        lookup,
        follow_url: paired.follow_url,
        incarnation,
        lane,
    };
    store.adopt(&identity)?;
    Ok(identity)
}
