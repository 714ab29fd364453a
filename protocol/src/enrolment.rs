//! Enrolling a device: from an address and a one-time code to a token and an authority to believe.

use crate::{
    client::{Client, ClientError},
    pairing::{DeviceKind, PairRequest, Paired},
    trust::{self, TrustError},
};
use std::error::Error;
use uuid::Uuid;

/// What somebody types on a device.
#[derive(Clone, Debug)]
pub struct Enrolment<'a> {
    /// `https://guichet.example:8443`
    pub server: &'a str,
    /// The one-time code.
    pub code: &'a str,
    /// The SHA-256 of the site's own authority; `None` where a public authority signed the certificate.
    pub fingerprint: Option<&'a str>,
    /// What the device is.
    pub kind: DeviceKind,
    /// Which incarnation of its database asks.
    pub incarnation: Uuid,
}

/// A device that the server knows.
#[derive(Clone, Debug)]
pub struct Enrolled {
    /// The server's address, without a slash at its end.
    pub server: String,
    /// The authority to pin, PEM; `None` where the machine's own authorities are believed.
    pub authority: Option<String>,
    /// What the server said.
    pub paired: Paired,
}

/// Why a device is not enrolled, in words for whoever stands before it. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum EnrolmentError {
    /// No address.
    #[error("`{0}` is not the address of a server: write it as https://guichet.example:8443")]
    Address(String),
    /// Nobody answers there.
    #[error("no server answers at {server}: {reason}")]
    NoAnswer {
        /// Where.
        server: String,
        /// What the network said.
        reason: String,
    },
    /// The certificate is the site's own, and nobody said which one that is.
    #[error(
        "the certificate of {0} comes from no authority that this machine knows: add --fingerprint with the \
         fingerprint that `guichet-server pair` printed"
    )]
    UnknownAuthority(String),
    /// The authority is another one, or cannot be read.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The server does not know the code.
    #[error("the code is wrong, used or older than ten minutes: make a new one with `guichet-server pair`")]
    Code,
    /// The server had another reason.
    #[error("the server did not enrol this device")]
    Refused(#[source] ClientError),
    /// The code was made for something else, and is used up.
    #[error("this code was made for a {}: make one with `guichet-server pair --kind {}`", word(*made_for), word(*wanted))]
    OtherKind {
        /// For what.
        made_for: DeviceKind,
        /// What this device is.
        wanted: DeviceKind,
    },
}

/// Enrols a device.
///
/// # Errors
/// See [`EnrolmentError`].
pub async fn enrol(asked: &Enrolment<'_>) -> Result<Enrolled, EnrolmentError> {
    let server = asked.server.trim().trim_end_matches('/');
    let is_address = reqwest::Url::parse(server).is_ok_and(|url| url.scheme() == "https" && url.has_host());
    if !is_address {
        return Err(EnrolmentError::Address(asked.server.to_owned()));
    }
    trust::install_tls_provider();
    let authority = match asked.fingerprint {
        Some(expected) => {
            Some(trust::fetch_authority(server, expected).await.map_err(|error| match error {
                TrustError::NoAnswer(source) if source.status().is_none() => no_answer(server, &source),
                other => other.into(),
            })?)
        }
        None => None,
    };
    let client = Client::new(server, authority.as_deref(), None).map_err(EnrolmentError::Refused)?;
    let request = PairRequest { code: asked.code.trim().to_owned(), incarnation: asked.incarnation };
    let paired = client.pair(&request).await.map_err(|error| match error {
        ClientError::NoAnswer { source, .. } => no_answer(server, &source),
        error if error.is_unauthorized() => EnrolmentError::Code,
        error => EnrolmentError::Refused(error),
    })?;
    if paired.kind != asked.kind {
        return Err(EnrolmentError::OtherKind { made_for: paired.kind, wanted: asked.kind });
    }
    Ok(Enrolled { server: server.to_owned(), authority, paired })
}

/// A kind of device as the operator types it.
fn word(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Kiosk => "kiosk",
        DeviceKind::Board => "board",
    }
}

/// What went wrong on the way: the last cause says it, the others only where in the program.
fn no_answer(server: &str, error: &reqwest::Error) -> EnrolmentError {
    let mut cause: &dyn Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let reason = cause.to_string();
    if reason.contains("UnknownIssuer") {
        EnrolmentError::UnknownAuthority(server.to_owned())
    } else if error.is_timeout() {
        EnrolmentError::NoAnswer { server: server.to_owned(), reason: "it took too long".into() }
    } else {
        EnrolmentError::NoAnswer { server: server.to_owned(), reason }
    }
}
