//! argon2id (19 MiB, two passes), off the async threads and never more than a
//! few at a time, so that a flood of sign-ins cannot eat the memory.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;

/// Passwords hashed at once: 4 × 19 MiB at most.
static AT_ONCE: Semaphore = Semaphore::const_new(4);

/// Shortest and longest password, in bytes.
const LENGTH: std::ops::RangeInclusive<usize> = 12..=256;

/// Verified when the login is unknown, so that both answers take the same time.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ib2R5$nt1d8FQ1vB0FZbq6GhF4FvGDmIk9mUkYWXAjoNtQp0c";

/// Why a password was not taken.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    #[error("a password has between {} and {} characters", LENGTH.start(), LENGTH.end())]
    Length,
    #[error("the password could not be hashed: {0}")]
    Hash(String),
}

/// A PHC string for a new password.
pub(super) async fn hash(password: String) -> Result<String, PasswordError> {
    if !LENGTH.contains(&password.len()) {
        return Err(PasswordError::Length);
    }
    in_turn(move || {
        Argon2::default().hash_password(password.as_bytes()).map(|h| h.to_string()).map_err(|e| e.to_string())
    })
    .await
}

/// Whether the password is the one hashed; `None` takes as long and is never right.
pub(super) async fn verify(password: String, hash: Option<String>) -> Result<bool, PasswordError> {
    if password.len() > *LENGTH.end() {
        return Ok(false);
    }
    in_turn(move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
        let parsed = PasswordHash::new(&hash).map_err(|e| e.to_string())?;
        Ok(Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok() && known)
    })
    .await
}

async fn in_turn<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, PasswordError> {
    let _turn = AT_ONCE.acquire().await.map_err(|e| PasswordError::Hash(e.to_string()))?;
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| PasswordError::Hash(e.to_string()))?
        .map_err(PasswordError::Hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_same_password_verifies() {
        let hash = hash("correct horse battery".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(verify("correct horse battery".into(), Some(hash.clone())).await.unwrap());
        assert!(!verify("correct horse batterz".into(), Some(hash)).await.unwrap());
        assert!(!verify("correct horse battery".into(), None).await.unwrap());
    }

    #[tokio::test]
    async fn a_password_has_a_shortest_and_a_longest_length() {
        assert!(hash("short".into()).await.is_err());
        assert!(hash("x".repeat(257)).await.is_err());
        assert!(!verify("x".repeat(1 << 20), None).await.unwrap());
    }
}
