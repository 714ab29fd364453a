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
    /// No fingerprint.
    #[error("`{0}` is not a fingerprint: copy the 32 pairs of digits that `guichet-server pair` printed")]
    Fingerprint(String),
    /// Nobody answers there.
    #[error("no server answers at {server}: {reason}; is it running, and are its name and port right?")]
    NoAnswer {
        /// Where.
        server: String,
        /// What the network said.
        reason: String,
    },
    /// The certificate is the site's own, and nobody said which one that is.
    #[error(
        "the certificate of {0} comes from no authority that this machine knows: add --fingerprint with the \
         fingerprint that `guichet-server pair` printed; if it printed none, the machine has to know the \
         authority of the server's certificate"
    )]
    UnknownAuthority(String),
    /// The certificate cannot be believed, whoever signed it.
    #[error("the certificate of {server} cannot be believed: {reason}")]
    Certificate {
        /// Where.
        server: String,
        /// Why not, and what to do.
        reason: &'static str,
    },
    /// There is no authority of the site's own to compare a fingerprint with.
    #[error(
        "{0} has no authority of its own: if the operator gave it a certificate, leave out --fingerprint; \
         otherwise, is this the address of a guichet-server?"
    )]
    NoAuthority(String),
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
    let is_address = reqwest::Url::parse(server)
        .is_ok_and(|url| url.scheme() == "https" && url.has_host() && url.path() == "/");
    if !is_address {
        return Err(EnrolmentError::Address(asked.server.to_owned()));
    }
    if let Some(text) = asked.fingerprint.filter(|text| !trust::is_fingerprint(text)) {
        return Err(EnrolmentError::Fingerprint(text.to_owned()));
    }
    trust::install_tls_provider();
    let authority = match asked.fingerprint {
        Some(expected) => {
            Some(trust::fetch_authority(server, expected).await.map_err(|error| match error {
                TrustError::NoAnswer(source) => match source.status() {
                    Some(status) if status.as_u16() == 404 => EnrolmentError::NoAuthority(server.to_owned()),
                    Some(_) => TrustError::NoAnswer(source).into(),
                    None => no_answer(server, &source),
                },
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
    let causes = std::iter::successors(Some(error as &(dyn Error + 'static)), |&cause| cause.source());
    if let Some(tls) = causes.clone().find_map(tls_error) {
        return refused_by_tls(server, tls);
    }
    let reason = match causes.last() {
        _ if error.is_timeout() => "it took too long".to_owned(),
        Some(cause) => cause.to_string(),
        None => error.to_string(),
    };
    EnrolmentError::NoAnswer { server: server.to_owned(), reason }
}

/// What TLS said. The layers of a connection wrap it in I/O errors, which name as their source only what
/// caused what they hold, and not that itself.
fn tls_error<'e>(cause: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    cause.downcast_ref().or_else(|| tls_error(cause.downcast_ref::<std::io::Error>()?.get_ref()?))
}

/// Why TLS broke off, in words.
fn refused_by_tls(server: &str, error: &rustls::Error) -> EnrolmentError {
    use rustls::{CertificateError as Wrong, Error as Tls};
    let certificate = |reason| EnrolmentError::Certificate { server: server.to_owned(), reason };
    match error {
        Tls::InvalidCertificate(Wrong::NotValidForName | Wrong::NotValidForNameContext { .. }) => {
            certificate(
                "it is not made for this name; give --server a name of the server's, or add this one to `names` \
             in [tls] of the server's configuration",
            )
        }
        Tls::InvalidCertificate(
            Wrong::Expired
            | Wrong::ExpiredContext { .. }
            | Wrong::NotValidYet
            | Wrong::NotValidYetContext { .. },
        ) => certificate("it is not valid today; is the clock of this machine right?"),
        // Whether nobody signed it or nobody known, the remedy is the same.
        Tls::InvalidCertificate(Wrong::UnknownIssuer | Wrong::Other(_)) => {
            EnrolmentError::UnknownAuthority(server.to_owned())
        }
        Tls::InvalidCertificate(_) => certificate("it is broken; is this the address of a guichet-server?"),
        _ => {
            let reason = "what answers does not speak HTTPS".to_owned();
            EnrolmentError::NoAnswer { server: server.to_owned(), reason }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::{CertificateError as Wrong, Error as Tls, InvalidMessage, OtherError};
    use std::sync::Arc;

    #[test]
    fn what_tls_says_is_told_with_what_to_do() {
        let other = Wrong::Other(OtherError(Arc::new(std::fmt::Error)));
        let cases = [
            (Tls::InvalidCertificate(Wrong::UnknownIssuer), "add --fingerprint"),
            (Tls::InvalidCertificate(other), "add --fingerprint"),
            (Tls::InvalidCertificate(Wrong::NotValidForName), "`names` in [tls]"),
            (Tls::InvalidCertificate(Wrong::Expired), "clock of this machine"),
            (Tls::InvalidCertificate(Wrong::BadEncoding), "it is broken"),
            (Tls::InvalidMessage(InvalidMessage::InvalidContentType), "does not speak HTTPS"),
        ];
        for (error, words) in cases {
            let wrapped = std::io::Error::other(std::io::Error::other(error));
            let said = refused_by_tls("https://a", tls_error(&wrapped).unwrap()).to_string();
            assert!(said.contains(words), "`{words}` is not in: {said}");
        }
    }
}
