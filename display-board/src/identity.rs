//! Who this board is to its server, and which server it believes: made once by pairing, then kept.

use crate::{clock, files};
use domain::{DeviceId, SiteId};
use protocol::{
    client::{Client, ClientError},
    enrolment::{self, Enrolled, Enrolment},
    pairing::DeviceKind,
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
    /// The server did not enrol it.
    #[error(transparent)]
    Server(#[from] enrolment::EnrolmentError),
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
        let incarnation = clock::new_id();
        let asked = Enrolment { server, code, fingerprint, kind: DeviceKind::Board, incarnation };
        let Enrolled { server, authority, paired } = enrolment::enrol(&asked).await?;
        let identity = Self {
            server,
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
