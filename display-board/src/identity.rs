//! Who this board is to its server, and which server it believes: made once by pairing, then kept.

use crate::{clock, files};
use domain::{DeviceId, SiteId};
use protocol::{
    client::{Client, ClientError},
    pairing::{DeviceKind, PairRequest},
    trust::{TrustError, fetch_authority},
};
use serde::{Deserialize, Serialize};
use std::{fmt, path::Path};

const FILE: &str = "identity.json";

/// An enrolment.
#[derive(Clone, Serialize, Deserialize)]
pub struct Identity {
    /// `https://host:port`.
    pub server: String,
    /// The certificate of the site's authority, PEM; none if the server has one of a public authority.
    pub authority: Option<String>,
    /// This board.
    pub device: DeviceId,
    /// What it is called, such as « hall ».
    pub name: String,
    /// Whose calls it shows.
    pub site: SiteId,
    /// Its secret.
    token: String,
}

/// So that the secret stands in no log.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { server, device, site, .. } = self;
        f.debug_struct("Identity")
            .field("server", server)
            .field("device", device)
            .field("site", site)
            .finish()
    }
}

/// Why a board is not enrolled.
#[derive(Debug, thiserror::Error)]
pub enum PairError {
    /// The server is not the one that was meant, or cannot show that it is.
    #[error("the server is not believed")]
    Trust(#[from] TrustError),
    /// It does not answer, or refuses the code.
    #[error("the server does not enrol this board")]
    Client(#[from] ClientError),
    /// The code was made for something else.
    #[error("this code is for a {0:?}, not for a board: make one with `guichet-server pair --kind board`")]
    Kind(DeviceKind),
    /// The enrolment could not be kept.
    #[error("this board is enrolled, but cannot keep it: revoke it and enrol it again")]
    File(#[from] files::FileError),
}

impl Identity {
    /// Enrols this board by a one-time code and keeps the answer in `data_dir`. With `fingerprint`, only
    /// the site's authority of that SHA-256 is believed, now and later.
    ///
    /// # Errors
    /// If the server is not believed, does not answer or refuses, or the disk does not take the answer.
    pub async fn pair(
        data_dir: &Path,
        server: &str,
        code: &str,
        fingerprint: Option<&str>,
    ) -> Result<Self, PairError> {
        protocol::trust::install_tls_provider();
        let authority = match fingerprint {
            Some(expected) => Some(fetch_authority(server.trim_end_matches('/'), expected).await?),
            None => None,
        };
        let client = Client::new(server, authority.as_deref(), None)?;
        let paired =
            client.pair(&PairRequest { code: code.to_owned(), incarnation: clock::new_id() }).await?;
        if paired.kind != DeviceKind::Board {
            return Err(PairError::Kind(paired.kind));
        }
        let identity = Self {
            server: server.to_owned(),
            authority,
            device: paired.device,
            name: paired.name,
            site: paired.site,
            token: paired.token,
        };
        files::write_whole(&data_dir.join(FILE), &identity)?;
        Ok(identity)
    }

    /// The enrolment that is kept in `data_dir`, if any.
    ///
    /// # Errors
    /// If there is one and it cannot be read.
    pub fn load(data_dir: &Path) -> Result<Option<Self>, files::FileError> {
        files::read_whole(&data_dir.join(FILE))
    }

    /// A client that speaks for this board.
    ///
    /// # Errors
    /// If the authority's certificate cannot be used.
    pub fn client(&self) -> Result<Client, ClientError> {
        Client::new(&self.server, self.authority.as_deref(), Some(self.token.clone()))
    }
}
