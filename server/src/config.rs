//! The configuration: a TOML file, with every key overridable by `GUICHET__SECTION__KEY`.

mod hours;
pub mod site;

pub use site::SiteConfig;

use domain::SiteId;
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
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

/// What the names of overriding variables begin with.
const PREFIX: &str = "GUICHET";

impl Config {
    /// Reads the file and the environment, and checks the whole.
    ///
    /// # Errors
    /// Everything that is wrong, in words for the operator.
    pub fn load(path: &Path) -> Result<Self, configuration::Error> {
        let config: Self = configuration::load(path, PREFIX)?;
        let faults = config.faults();
        if faults.is_empty() { Ok(config) } else { Err(configuration::Error::Faults { faults }) }
    }

    /// What is not wrong, but surely not what was meant.
    pub fn doubts(&self) -> Vec<String> {
        let is_alone = self.tls.certificate.is_none() && self.tls.names.is_empty();
        let is_open = !self.listen.https.ip().is_loopback();
        let doubt = "tls.names is empty: only this machine can reach the server. Name what kiosks, boards and \
                     browsers will call it by, such as [\"guichet.example\", \"192.0.2.10\"]";
        (is_alone && is_open).then(|| doubt.to_owned()).into_iter().collect()
    }

    /// Everything that is wrong and can be told without starting.
    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if let Some(http) = self.listen.http.filter(|address| !address.ip().is_loopback()) {
            faults.push(format!(
                "listen.http = {http}: plain HTTP is only allowed on loopback, such as 127.0.0.1"
            ));
        }
        match (&self.tls.certificate, &self.tls.key) {
            (Some(_), None) => faults.push("tls.certificate is set, but tls.key is not".into()),
            (None, Some(_)) => faults.push("tls.key is set, but tls.certificate is not".into()),
            (Some(certificate), Some(key)) => {
                let missing = [certificate, key].into_iter().filter(|file| !file.is_file());
                faults.extend(missing.map(|file| format!("tls: {} does not exist", file.display())));
            }
            (None, None) => {}
        }
        let is_name = |name: &String| {
            !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || "/:".contains(c))
        };
        let wrong =
            self.tls.names.iter().filter(|name| !is_name(name) && name.parse::<std::net::IpAddr>().is_err());
        faults
            .extend(wrong.map(|name| format!("tls.names: `{name}` is neither a host's name nor an address")));
        if self.follow_url.as_ref().is_some_and(|url| !url.starts_with("https://")) {
            faults.push("follow_url must begin with https://".into());
        }
        if self.sites.is_empty() {
            faults.push("there is no site: add a section [sites.NAME]".into());
        }
        for (id, site) in &self.sites {
            let code = id.as_str();
            if code.is_empty()
                || !code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            {
                faults.push(format!(
                    "sites.{code}: a site's code is made of small letters, digits and hyphens"
                ));
            }
            faults.extend(site.to_site(id).faults().iter().map(|fault| format!("sites.{code}: {fault}")));
        }
        faults
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
