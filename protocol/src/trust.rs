//! Whom a device believes: the site's own authority, known by its fingerprint, or the authorities
//! that the operator's certificate comes from.

use sha2::{Digest, Sha256};

/// The SHA-256 of a certificate, in hexadecimal pairs as people compare them: `3F:A0:…`.
pub fn fingerprint(certificate_der: &[u8]) -> String {
    let hash = Sha256::digest(certificate_der);
    hash.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

/// The digits of a fingerprint, however it was typed.
fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_hexdigit).map(|c| c.to_ascii_uppercase()).collect()
}

/// Whether a text can be the fingerprint of a certificate.
pub fn is_fingerprint(text: &str) -> bool {
    digits(text).len() == 64
}

/// Whether two fingerprints are the same, however they were typed.
pub fn same_fingerprint(one: &str, other: &str) -> bool {
    digits(one) == digits(other) && is_fingerprint(one)
}

/// Chooses ring as the TLS provider of the program. Called once at start; a second call changes nothing.
pub fn install_tls_provider() {
    // It fails only if a provider is there already, which is what we want.
    let _already_there = rustls::crypto::ring::default_provider().install_default();
}

/// Reads the certificate of the site's authority from the server and compares its fingerprint. Only
/// this one request goes out before anything is trusted, and what it brings is believed only if the
/// fingerprint fits.
///
/// # Errors
/// If the server does not answer, or shows another authority.
pub async fn fetch_authority(server: &str, expected: &str) -> Result<String, TrustError> {
    let client = reqwest::Client::builder()
        .tls_danger_accept_invalid_certs(true)
        .no_proxy()
        .timeout(std::time::Duration::from_secs(10))
        .build()
        .map_err(TrustError::Client)?;
    let url = format!("{server}{}", crate::route::AUTHORITY);
    let answer = client.get(url).send().await.map_err(TrustError::NoAnswer)?;
    let pem = answer
        .error_for_status()
        .map_err(TrustError::NoAnswer)?
        .text()
        .await
        .map_err(TrustError::NoAnswer)?;
    check_authority(&pem, expected)?;
    Ok(pem)
}

/// Compares an authority's certificate with the fingerprint that an administrator gave.
///
/// # Errors
/// If the text is no certificate, or another one.
pub fn check_authority(pem: &str, expected: &str) -> Result<(), TrustError> {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    let certificate =
        CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| TrustError::NotACertificate)?;
    let found = fingerprint(certificate.as_ref());
    if same_fingerprint(&found, expected) { Ok(()) } else { Err(TrustError::OtherAuthority { found }) }
}

/// Why a server is not believed.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The TLS client could not be made.
    #[error("cannot make a TLS client")]
    Client(#[source] reqwest::Error),
    /// The server did not answer.
    #[error("the server does not give its authority's certificate")]
    NoAnswer(#[source] reqwest::Error),
    /// It answered something else.
    #[error("what the server gave is not a certificate")]
    NotACertificate,
    /// It is not the server that the administrator meant.
    #[error(
        "the server's authority has the fingerprint {found}, which is not the one that was given: it may be another server"
    )]
    OtherAuthority {
        /// The fingerprint that it has.
        found: String,
    },
}
