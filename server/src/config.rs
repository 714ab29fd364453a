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
        alone.into_iter().chain(self.sites.iter().flat_map(|(id, site)| site.doubts(id))).collect()
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
    const PATHS: &[&str] = &["data_dir", "tls.certificate", "tls.key"];

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
