//! Who we are to GitHub: nobody, a token, or an App's key that is turned into
//! short-lived tokens. None of it is ever printed.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use ring::{rand::SystemRandom, rsa::KeyPair, signature::RSA_PKCS1_SHA256};
use rustls_pki_types::{PrivateKeyDer, pem::PemObject};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

/// What requests are signed with.
#[derive(Clone, Debug)]
pub enum Credential {
    Nobody,
    /// A fine-grained or classic personal token.
    Token(SecretString),
    App(AppKey),
}

/// A GitHub App, installed in one organisation.
#[derive(Clone, Debug)]
pub struct AppKey {
    /// The App's client id or number.
    pub app: String,
    pub installation: u64,
    /// The private key as GitHub gives it: PEM.
    pub key: SecretString,
}

/// Why an App's key is none.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("the App's key is not a private key in PEM: give the file that GitHub made, whole")]
    Pem,
    #[error("the App's key is not an RSA key that can be used: {0}")]
    Rsa(ring::error::KeyRejected),
    #[error("the App's key did not sign")]
    Sign,
}

/// The longest a statement may be good for is ten minutes.
const GOOD_FOR: TimeDelta = TimeDelta::minutes(8);

impl AppKey {
    /// The signed statement that GitHub gives an installation token for. Its clock
    /// may be behind ours.
    pub(crate) fn statement(&self, now: DateTime<Utc>) -> Result<SecretString, KeyError> {
        let claims = json!({
            "iss": self.app,
            "iat": (now - TimeDelta::minutes(1)).timestamp(),
            "exp": (now + GOOD_FOR).timestamp(),
        });
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","typ":"JWT"}"#);
        let text = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let key = self.pair()?;
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
            .map_err(|_| KeyError::Sign)?;
        Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)).into())
    }

    fn pair(&self) -> Result<KeyPair, KeyError> {
        let pem = PrivateKeyDer::from_pem_slice(self.key.expose_secret().as_bytes()).map_err(|_| KeyError::Pem)?;
        match pem {
            PrivateKeyDer::Pkcs1(der) => KeyPair::from_der(der.secret_pkcs1_der()),
            PrivateKeyDer::Pkcs8(der) => KeyPair::from_pkcs8(der.secret_pkcs8_der()),
            _ => return Err(KeyError::Pem),
        }
        .map_err(KeyError::Rsa)
    }
}
