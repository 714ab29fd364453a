//! Who the server is: the operator's certificate, or one by an authority that the server makes for
//! its site and whose fingerprint devices pin.

mod examine;

pub(crate) use examine::examine;

use crate::{clock::Clock, config::Config};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::{
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

/// How long the authority lives: longer than the machines that trust it.
const AUTHORITY_DAYS: i64 = 20 * 365;
/// How long a certificate lives. A new one is made at every start.
const CERTIFICATE_DAYS: i64 = 397;

/// What cannot be used to prove who the server is.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("{path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file holds no certificate or key.
    #[error("{path} holds no usable certificate or key")]
    Pem {
        /// Which.
        path: PathBuf,
    },
    /// The server cannot ask for a password.
    #[error(
        "{path} is protected by a password, which nobody types when a server starts: write it without, such as with \
         `openssl pkey -in {path} -out server.key`"
    )]
    EncryptedKey {
        /// Which.
        path: PathBuf,
    },
    /// One file of the authority is lost. Another authority would be one that no device trusts.
    #[error(
        "{lost} is missing beside {kept}: restore it from a backup; if no device was enrolled yet, delete the other \
         file and both are made anew"
    )]
    HalfAuthority {
        /// What is missing.
        lost: PathBuf,
        /// What is there.
        kept: PathBuf,
    },
    /// A file of the authority is damaged.
    #[error(
        "{path} is damaged: restore the folder from a backup; if no device was enrolled yet, delete the folder and \
         the authority is made anew"
    )]
    BadAuthority {
        /// Which.
        path: PathBuf,
    },
    /// A certificate could not be made.
    #[error("cannot make a certificate")]
    Make(#[from] rcgen::Error),
    /// Certificate and key do not fit.
    #[error("the certificate and the key cannot be used")]
    Rustls(#[from] rustls::Error),
}

/// The server's identity.
#[derive(Clone)]
pub struct Identity {
    /// For the listener.
    pub config: Arc<ServerConfig>,
    /// The site's own authority, as PEM, if the server made its certificate itself.
    pub authority: Option<String>,
}

impl Identity {
    /// The fingerprint that devices pin, if the authority is the server's own.
    pub fn fingerprint(&self) -> Option<String> {
        let der = CertificateDer::from_pem_slice(self.authority.as_ref()?.as_bytes()).ok()?;
        Some(protocol::trust::fingerprint(der.as_ref()))
    }
}

/// Reads or makes the server's identity.
///
/// # Errors
/// If files cannot be read, written or used.
pub fn identity(config: &Config, clock: Clock) -> Result<Identity, TlsError> {
    let (chain, key, authority) = match (&config.tls.certificate, &config.tls.key) {
        (Some(certificate), Some(key)) => (read_chain(certificate)?, read_key(key)?, None),
        _ => {
            let (authority, issuer) = authority(&authority_folder(config), clock)?;
            let (certificate, key) = certificate(&config.tls.names, &issuer, clock)?;
            (vec![certificate], key, Some(authority))
        }
    };
    let mut tls = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key)?;
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Identity { config: Arc::new(tls), authority })
}

/// Where the site's own authority is kept.
pub(crate) fn authority_folder(config: &Config) -> PathBuf {
    config.data_dir.join("tls")
}

/// Whether a folder holds an authority, or what a full disk left of one, and nothing else.
pub(crate) fn is_authority_alone(folder: &Path) -> bool {
    let names = fs::read_dir(folder).and_then(|entries| {
        entries.map(|entry| entry.map(|entry| entry.file_name())).collect::<Result<Vec<_>, _>>()
    });
    let is_its = |name: &std::ffi::OsString| name.to_string_lossy().starts_with("authority.");
    names.is_ok_and(|names| names.iter().all(is_its))
}

/// Its certificate and its key.
fn authority_files(folder: &Path) -> [PathBuf; 2] {
    ["authority.pem", "authority.key"].map(|name| folder.join(name))
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let unusable = || TlsError::Pem { path: path.to_owned() };
    let chain: Vec<_> =
        CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(|_| unusable())?;
    if chain.is_empty() { Err(unusable()) } else { Ok(chain) }
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let unusable = |_| match fs::read_to_string(path) {
        Ok(text) if text.contains("ENCRYPTED") => TlsError::EncryptedKey { path: path.to_owned() },
        _ => TlsError::Pem { path: path.to_owned() },
    };
    PrivateKeyDer::from_pem_file(path).map_err(unusable)
}

/// The site's authority: made once, kept for ever, because devices trust it.
fn authority(folder: &Path, clock: Clock) -> Result<(String, Issuer<'static, KeyPair>), TlsError> {
    let [certificate_path, key_path] = authority_files(folder);
    match (certificate_path.exists(), key_path.exists()) {
        (true, false) => return Err(TlsError::HalfAuthority { lost: key_path, kept: certificate_path }),
        (false, true) => return Err(TlsError::HalfAuthority { lost: certificate_path, kept: key_path }),
        (true, true) => {}
        (false, false) => make_authority(folder, clock)?,
    }
    let read = |path: &Path| {
        fs::read_to_string(path).map_err(|source| TlsError::File { path: path.to_owned(), source })
    };
    let unusable = |path: &Path| TlsError::BadAuthority { path: path.to_owned() };
    let pem = read(&certificate_path)?;
    let key = KeyPair::from_pem(&read(&key_path)?).map_err(|_| unusable(&key_path))?;
    let issuer = Issuer::from_ca_cert_pem(&pem, key).map_err(|_| unusable(&certificate_path))?;
    Ok((pem, issuer))
}

fn make_authority(folder: &Path, clock: Clock) -> Result<(), TlsError> {
    let [certificate_path, key_path] = authority_files(folder);
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Guichet site authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    valid(&mut params, AUTHORITY_DAYS, clock);
    let certificate = params.self_signed(&key)?;
    fs::create_dir_all(folder).map_err(|source| TlsError::File { path: folder.to_owned(), source })?;
    write_private(&key_path, &key.serialize_pem())?;
    let written = write_private(&certificate_path, &certificate.pem());
    if written.is_err() {
        // A key alone would have to be explained; the next start makes both.
        let _kept = fs::remove_file(&key_path);
    }
    written
}

fn certificate(
    names: &[String],
    issuer: &Issuer<'static, KeyPair>,
    clock: Clock,
) -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), TlsError> {
    let key = KeyPair::generate()?;
    let always = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let mut params =
        CertificateParams::new(always.into_iter().chain(names.iter().cloned()).collect::<Vec<_>>())?;
    params.distinguished_name.push(DnType::CommonName, "Guichet");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    valid(&mut params, CERTIFICATE_DAYS, clock);
    let certificate = params.signed_by(&key, issuer)?;
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(|_| rcgen::Error::CouldNotParseKeyPair)?;
    Ok((certificate.der().clone(), key))
}

/// Valid from yesterday, because clocks differ.
fn valid(params: &mut CertificateParams, days: i64, clock: Clock) {
    use chrono::Datelike;
    let date = |time: chrono::DateTime<chrono::Utc>| {
        let (month, day) = (u8::try_from(time.month()).unwrap_or(1), u8::try_from(time.day()).unwrap_or(1));
        rcgen::date_time_ymd(time.year(), month, day)
    };
    params.not_before = date(clock.now() - chrono::Duration::days(1));
    params.not_after = date(clock.now() + chrono::Duration::days(days));
}

/// Whole or not at all: a full disk or a power cut must not leave half a key for ever.
fn write_private(path: &Path, text: &str) -> Result<(), TlsError> {
    let half = path.with_extension("half");
    let write = || -> std::io::Result<()> {
        let mut file =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&half)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&half, path)
    };
    write().map_err(|source| TlsError::File { path: path.to_owned(), source })
}
