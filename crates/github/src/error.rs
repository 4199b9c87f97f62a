//! Why GitHub did not answer as hoped.

use crate::{KeyError, Pause};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing is wrong: try again then. Nothing was asked, or it was refused.
    #[error("GitHub's limits ({}) allow nothing before {}", .0.cause.name(), .0.until.format("%Y-%m-%d %H:%M:%S UTC"))]
    Paused(Pause),
    #[error("GitHub did not take the token: it is wrong, revoked or out of date; make a new one")]
    Unauthorized,
    #[error("GitHub refuses {path}: {message}; does the token allow it?")]
    Forbidden { path: String, message: String },
    #[error("GitHub has nothing at {path}: is the name right, and does the token see it?")]
    NotFound { path: String },
    #[error("GitHub answered {status} to {path}: {message}")]
    Refused { status: u16, path: String, message: String },
    #[error("GitHub's answer to {path} is not what it should be: {message}")]
    Unreadable { path: String, message: String },
    #[error("{path} was tried {attempts} times: {message}")]
    Unreachable { path: String, attempts: u32, message: String },
    #[error("GitHub's answer names {0}, which is not where we ask; nothing was sent there")]
    Elsewhere(String),
    #[error("{0:?} is not the address of an interface; write e.g. https://github.example.org/api/v3")]
    BaseUrl(String),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("a connection to GitHub cannot be set up: {0}")]
    Client(String),
}

impl Error {
    /// Whether it is a name that is not there.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }
}
