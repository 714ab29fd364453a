//! The configuration: a TOML file, with every key overridable by `GUICHET__SECTION__KEY`.

mod hours;
pub mod site;

pub use site::SiteConfig;

use configuration::{Configuration, Fault};
use domain::SiteId;
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

/// The whole configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The one folder in which everything is kept.
    pub data_dir: PathBuf,
    /// Where to listen.
    pub listen: Listen,
    /// How to prove who the server is.
    #[serde(default)]
    pub tls: Tls,
    /// Whether and where to make backups.
    #[serde(default, rename = "backup")]
    pub backups: Backups,
    /// `https://…/t`: where visitors can follow their ticket on a phone. Without it tickets bear no link.
    #[serde(default)]
    pub follow_url: Option<String>,
    /// Each site by its code.
    pub sites: BTreeMap<SiteId, SiteConfig>,
}

/// Addresses.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// For everybody, with TLS.
    pub https: SocketAddr,
    /// Without TLS, only on loopback: for a proxy or a probe on the same machine.
    #[serde(default)]
    pub http: Option<SocketAddr>,
}

/// The server's certificate: the operator's own, or one by an authority that the server makes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The operator's certificate chain, PEM.
    #[serde(default)]
    pub certificate: Option<PathBuf>,
    /// Its private key, PEM.
    #[serde(default)]
    pub key: Option<PathBuf>,
    /// The names and addresses under which devices and browsers reach the server, for the certificate
    /// that it makes itself. `localhost` is always among them.
    #[serde(default)]
    pub names: Vec<String>,
}

/// Backups of the database while the server works.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backups {
    /// Where they are kept, best on another disk; without it none are made. Whoever can read the folder can read all
    /// that the server knows.
    #[serde(default)]
    pub folder: Option<PathBuf>,
    /// How often one is made, in hours.
    #[serde(default = "Backups::every_hours")]
    pub every_hours: u16,
    /// How many are kept.
    #[serde(default = "Backups::keep")]
    pub keep: u16,
}

impl Default for Backups {
    fn default() -> Self {
        Self { folder: None, every_hours: Self::every_hours(), keep: Self::keep() }
    }
}

impl Backups {
    fn every_hours() -> u16 {
        4
    }

    fn keep() -> u16 {
        42
    }

    fn faults(&self, data_dir: &Path) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.every_hours == 0 {
            faults.push(Fault::new(
                "backup.every_hours",
                "it must be 1 or more; to make none, leave out folder",
            ));
        }
        if self.keep == 0 {
            faults.push(Fault::new("backup.keep", "it must be 1 or more"));
        }
        if self.folder.as_deref() == Some(data_dir) {
            faults
                .push(Fault::new("backup.folder", "it is data_dir; give the backups a folder of their own"));
        }
        faults
    }
}

impl Config {
    /// Reads the file and the environment, and checks the whole.
    ///
    /// # Errors
    /// Everything that is wrong, in words for the operator.
    pub fn load(path: &Path) -> Result<Self, configuration::Error> {
        configuration::load(path)
    }

    /// What is not wrong, but surely not what was meant.
    pub fn doubts(&self) -> Vec<String> {
        let is_alone = self.tls.certificate.is_none() && self.tls.names.is_empty();
        let is_open = !self.listen.https.ip().is_loopback();
        let doubt = "tls.names is empty: only this machine can reach the server. Name what kiosks, boards and \
                     browsers will call it by, such as [\"guichet.example\", \"192.0.2.10\"]";
        let alone = (is_alone && is_open).then(|| doubt.to_owned());
        let is_beside = self.backups.folder.as_ref().is_some_and(|folder| folder.starts_with(&self.data_dir));
        let beside = is_beside.then(|| "backup.folder lies in data_dir: a broken disk loses both".to_owned());
        alone
            .into_iter()
            .chain(beside)
            .chain(self.sites.iter().flat_map(|(id, site)| site.doubts(id)))
            .collect()
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.data_dir.join("guichet.sqlite3")
    }

    /// The socket for the operator's commands.
    pub fn control_socket(&self) -> PathBuf {
        self.data_dir.join("control.sock")
    }
}

impl Configuration for Config {
    const PREFIX: &str = "GUICHET";
    const SAMPLE: &str = include_str!("../../samples/lille.toml");
    const PATHS: &[&str] = &["data_dir", "tls.certificate", "tls.key", "backup.folder"];

    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.listen.http.is_some_and(|address| !address.ip().is_loopback()) {
            let reason = "plain HTTP is only allowed on loopback, such as 127.0.0.1:8080";
            faults.push(Fault::new("listen.http", reason));
        }
        if self.listen.http.is_some_and(|http| is_same(http, self.listen.https)) {
            faults.push(Fault::new("listen.http", "it is the address of listen.https; give it another port"));
        }
        faults.extend(self.tls.faults());
        faults.extend(self.backups.faults(&self.data_dir));
        if self.follow_url.as_ref().is_some_and(|url| !url.starts_with("https://")) {
            faults.push(Fault::new("follow_url", "it must begin with https://"));
        }
        if self.sites.is_empty() {
            faults.push(Fault::new("sites", "there is no site; add a section [sites.NAME]"));
        }
        faults.extend(self.sites.iter().flat_map(|(id, site)| site.faults(id)));
        faults
    }
}

/// Whether only one of two can be listened on. The system chooses another port for each 0.
fn is_same(one: SocketAddr, other: SocketAddr) -> bool {
    let (here, there) = (one.ip(), other.ip());
    let overlap = here == there || here.is_unspecified() || there.is_unspecified();
    overlap && one.port() == other.port() && one.port() != 0
}

impl Tls {
    fn faults(&self) -> Vec<Fault> {
        let mut faults = match (&self.certificate, &self.key) {
            (Some(_), None) => vec![Fault::new("tls.certificate", "it needs tls.key beside it")],
            (None, Some(_)) => vec![Fault::new("tls.key", "it needs tls.certificate beside it")],
            (Some(certificate), Some(key)) => [("tls.certificate", certificate), ("tls.key", key)]
                .into_iter()
                .filter(|(_, file)| !file.is_file())
                .map(|(name, file)| Fault::new(name, format!("there is no file {}", file.display())))
                .collect(),
            (None, None) => Vec::new(),
        };
        let is_name =
            |name: &str| !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || "/:".contains(c));
        let wrong = self.names.iter().filter(|name| !is_name(name) && name.parse::<IpAddr>().is_err());
        let told =
            |name| Fault::new("tls.names", format!("`{name}` is neither a host's name nor an address"));
        faults.extend(wrong.map(told));
        faults
    }
}

#[cfg(test)]
mod tests;
