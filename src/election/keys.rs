//! The secrets of an election: files in `HUSTINGS_KEY_DIR`, outside the data
//! directory, never in the database and never in a backup (SECRECY.md).
//!
//! The *election key* derives every voter's token; it is destroyed when the poll
//! closes, and from then on nobody can tell whose ballot is whose. The *seal key*
//! opens the ballots.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::PathBuf,
};

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::random::Random;

/// The directory that holds the key files.
#[derive(Clone, Debug)]
pub struct KeyDir(PathBuf);

/// What went wrong with a key file, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error(
        "the key {path} is not there; the process that needs it must share HUSTINGS_KEY_DIR with the one that froze the election"
    )]
    Missing { path: PathBuf },
    #[error("the key {path} does not hold 32 bytes in hex")]
    Malformed { path: PathBuf },
    #[error("the key file {path} cannot be used: {source}")]
    Io { path: PathBuf, source: io::Error },
}

/// Derives tokens. Its `Debug` shows nothing.
pub struct ElectionKey([u8; 32]);

/// A voter's 256-bit secret, in one mail and nowhere else. Its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; 32]);

impl std::fmt::Debug for ElectionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ElectionKey(…)")
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

impl KeyDir {
    /// Uses this directory; it is made, mode 0700, when the first key is written.
    pub fn new(dir: PathBuf) -> Self {
        Self(dir)
    }

    fn path(&self, slug: &str, which: &str) -> PathBuf {
        self.0.join(format!("{slug}.{which}.key"))
    }

    /// Makes the key that an election's tokens are derived from, unless it is there.
    pub fn election_or_new(&self, slug: &str, random: &Random) -> Result<ElectionKey, KeyError> {
        self.read_or_new(slug, "election", random).map(ElectionKey)
    }

    /// Makes the key that opens an election's ballots, unless it is there: a freeze
    /// that failed after this file was written finds it again.
    pub(super) fn seal_or_new(&self, slug: &str, random: &Random) -> Result<[u8; 32], KeyError> {
        self.read_or_new(slug, "seal", random)
    }

    /// The key that an election's tokens are derived from.
    pub fn election(&self, slug: &str) -> Result<ElectionKey, KeyError> {
        self.read(slug, "election").map(ElectionKey)
    }

    /// What encrypts the cookies that voters carry. Web processes that share this
    /// directory understand each other's; one without it draws its own, and its
    /// voters open their link again after a restart.
    pub fn cookie_secret(&self, random: &Random) -> [u8; 32] {
        self.read_or_new("site", "cookie", random).unwrap_or_else(|error| {
            tracing::info!(error = %error, "voters' cookies will not outlive this process");
            random.bytes()
        })
    }

    /// Destroys the election key; a key that is gone already is fine.
    pub fn destroy_election(&self, slug: &str) -> Result<(), KeyError> {
        let path = self.path(slug, "election");
        match fs::remove_file(&path).and_then(|()| fs::File::open(&self.0)?.sync_all()) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(KeyError::Io { path, source: e }),
            _ => Ok(()),
        }
    }

    pub(super) fn seal(&self, slug: &str) -> Result<[u8; 32], KeyError> {
        self.read(slug, "seal")
    }

    fn read_or_new(&self, slug: &str, which: &str, random: &Random) -> Result<[u8; 32], KeyError> {
        match self.read(slug, which) {
            Err(KeyError::Missing { .. }) => {
                self.write(slug, which, &random.bytes())?;
                self.read(slug, which)
            }
            found => found,
        }
    }

    fn write(&self, slug: &str, which: &str, secret: &[u8; 32]) -> Result<(), KeyError> {
        let path = self.path(slug, which);
        let written = fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.0).and_then(|()| {
            let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
            file.write_all(hex::encode(secret).as_bytes())?;
            file.sync_all()
        });
        written.map_err(|source| KeyError::Io { path, source })
    }

    fn read(&self, slug: &str, which: &str) -> Result<[u8; 32], KeyError> {
        let path = self.path(slug, which);
        let text = fs::read_to_string(&path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => KeyError::Missing { path: path.clone() },
            _ => KeyError::Io { path: path.clone(), source },
        })?;
        let mut secret = [0; 32];
        hex::decode_to_slice(text.trim(), &mut secret).map_err(|_| KeyError::Malformed { path })?;
        Ok(secret)
    }
}

impl ElectionKey {
    /// The token of a voter: HMAC(election key, "voter" ‖ voter id ‖ generation).
    pub fn voter_token(&self, github_id: i64, generation: i32) -> Token {
        Token(mac(&self.0, &[b"voter", &github_id.to_be_bytes(), &generation.to_be_bytes()]))
    }

    /// The token of a nominee's acceptance link.
    pub fn nominee_token(&self, candidate_id: i64) -> Token {
        Token(mac(&self.0, &[b"nominee", &candidate_id.to_be_bytes()]))
    }
}

impl Token {
    /// Reads a token out of a link; anything but 64 hex digits is none.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// For the link in the mail.
    pub fn reveal(&self) -> String {
        hex::encode(self.0)
    }

    /// What the database holds of it: SHA-256("auth" ‖ token).
    pub fn auth_sha256(&self) -> Vec<u8> {
        Sha256::new().chain_update(b"auth").chain_update(self.0).finalize().to_vec()
    }

    /// Where its ballot lies: HMAC(token, "ballot" ‖ election id).
    pub fn ballot_key(&self, election_id: i64) -> Vec<u8> {
        mac(&self.0, &[b"ballot", &election_id.to_be_bytes()]).to_vec()
    }

    /// A number that orders the candidates for this voter, the same on every reload.
    pub fn shuffle_seed(&self) -> [u8; 32] {
        mac(&self.0, &[b"order"])
    }
}

fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_re_send_derives_the_same_token_and_a_new_generation_another() {
        let key = ElectionKey([7; 32]);
        assert_eq!(key.voter_token(1, 0), key.voter_token(1, 0));
        assert_ne!(key.voter_token(1, 0), key.voter_token(1, 1));
        assert_ne!(key.voter_token(1, 0), key.voter_token(2, 0));
        assert_ne!(key.voter_token(1, 0), key.nominee_token(1));
    }

    #[test]
    fn a_token_reads_back_and_debug_hides_it() {
        let token = ElectionKey([7; 32]).voter_token(1, 0);
        assert_eq!(Token::parse(&token.reveal()), Some(token.clone()));
        assert_eq!(Token::parse("too short"), None);
        assert_eq!(format!("{token:?}"), "Token(…)");
    }

    #[test]
    fn a_key_is_private_to_its_owner_never_overwritten_and_gone_when_destroyed() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let keys = KeyDir::new(dir.path().join("keys"));
        let first = keys.election_or_new("s", &Random::seeded(1)).unwrap();
        let again = keys.election_or_new("s", &Random::seeded(2)).unwrap();
        assert_eq!(first.0, again.0);
        let mode = |p: PathBuf| fs::metadata(p).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(keys.0.clone()), mode(keys.path("s", "election"))), (0o700, 0o600));
        keys.destroy_election("s").unwrap();
        keys.destroy_election("s").unwrap();
        assert!(matches!(keys.election("s"), Err(KeyError::Missing { .. })));
    }
}
