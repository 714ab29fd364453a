//! Secrets: random tokens, their hashes, passwords.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use sha2::{Digest, Sha256};
use std::sync::{Mutex, PoisonError};

/// Random bytes of the system.
///
/// # Errors
/// If the system has none, which it always has after boot.
pub fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// A secret of 256 bits, as text.
///
/// # Errors
/// See [`random`].
pub fn token() -> Result<String, getrandom::Error> {
    Ok(data_encoding::BASE64URL_NOPAD.encode(&random::<32>()?))
}

/// A pairing code: ten digits in two groups, 33 bits, typed once within ten minutes.
///
/// # Errors
/// See [`random`].
pub fn pairing_code() -> Result<String, getrandom::Error> {
    let digits = u64::from_le_bytes(random()?) % 10_000_000_000;
    Ok(format!("{:05}-{:05}", digits / 100_000, digits % 100_000))
}

/// How pairing codes are stored and compared: as typed with or without its hyphen, or with spaces.
pub fn hash_code(code: &str) -> String {
    let typed: String = code.chars().filter(|c| c.is_alphanumeric()).collect();
    hash(&typed)
}

/// How tokens are stored: whoever reads the database cannot use them.
pub fn hash(secret: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(secret.trim().as_bytes()))
}

/// Argon2id with OWASP's first set of parameters: 46 MiB, one pass, one lane. Blocks of more than 32 MiB
/// go back to the system when they are freed, so signing in leaves no memory behind.
fn argon2() -> Result<Argon2<'static>, argon2::Error> {
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(46 * 1024, 1, 1, None)?))
}

/// One password at a time, whoever asks: a crowd at the door must not fill the memory.
static TURN: Mutex<()> = Mutex::new(());

/// The PHC string of a password.
///
/// # Errors
/// If the password cannot be hashed.
pub fn hash_password(password: &str) -> Result<String, argon2::password_hash::Error> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(argon2()?.hash_password(password.as_bytes())?.to_string())
}

/// Whether a password is the one that was hashed.
pub fn is_password(password: &str, hash: &str) -> bool {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    // The parameters come from the stored string.
    PasswordHash::new(hash)
        .is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_recognised_and_no_other() {
        let hash = hash_password("œuf à la coque").unwrap();
        assert!(is_password("œuf à la coque", &hash));
        assert!(!is_password("oeuf à la coque", &hash));
        assert!(!is_password("", &hash));
    }
}
