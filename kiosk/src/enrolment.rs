//! Pairing this kiosk with a server, by a one-time code.

use crate::{
    clock,
    local::{Identity, LocalStore, StoreError},
};
use protocol::{
    client::{Client, ClientError},
    pairing::{DeviceKind, PairRequest},
    trust::{self, TrustError},
};

/// Why the kiosk is not paired. Nothing was changed on it.
#[derive(Debug, thiserror::Error)]
pub enum EnrolmentError {
    /// The server is not the one that was meant, or is not there.
    #[error("the server cannot be trusted")]
    Trust(#[from] TrustError),
    /// The server does not know the code.
    #[error("the code is wrong, used or older than ten minutes: make a new one with `guichet-server pair`")]
    Code,
    /// The server did not answer, or had another reason.
    #[error("the server did not accept this kiosk")]
    Refused(#[from] ClientError),
    /// The code was made for something else.
    #[error("this code was made for a board, not for a kiosk: make one with `--kind kiosk`")]
    NotForKiosks,
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
    let server = server.trim_end_matches('/');
    trust::install_tls_provider();
    let authority = match fingerprint {
        Some(expected) => Some(trust::fetch_authority(server, expected).await?),
        None => None,
    };
    let incarnation = clock::new_incarnation();
    let client = Client::new(server, authority.as_deref(), None)?;
    let request = PairRequest { code: code.trim().to_owned(), incarnation };
    let paired = client.pair(&request).await.map_err(|error| match error {
        error if error.is_unauthorized() => EnrolmentError::Code,
        error => EnrolmentError::Refused(error),
    })?;
    let (DeviceKind::Kiosk, Some(lane), Some(lookup)) = (paired.kind, paired.lane, paired.lookup) else {
        return Err(EnrolmentError::NotForKiosks);
    };
    let identity = Identity {
        server: server.to_owned(),
        authority,
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
