//! What a run is to read, as somebody writes it.

use std::str::FromStr;

/// What to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Everything of an organisation or a user.
    Owner(String),
    /// One repository, as owner/name.
    Repository(String),
}

/// Not a name of GitHub's.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither an organisation nor a repository; write e.g. kubernetes or kubernetes/steering")]
pub struct SubjectError(String);

impl FromStr for Subject {
    type Err = SubjectError;

    fn from_str(text: &str) -> Result<Self, SubjectError> {
        let is_name = |name: &str| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        };
        match text.split_once('/') {
            None if is_name(text) => Ok(Self::Owner(text.to_owned())),
            Some((owner, name)) if is_name(owner) && is_name(name) => Ok(Self::Repository(text.to_owned())),
            _ => Err(SubjectError(text.to_owned())),
        }
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Owner(name) | Self::Repository(name)) = self;
        f.write_str(name)
    }
}
