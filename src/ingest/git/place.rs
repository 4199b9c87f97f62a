//! Where a repository is read from, and which one it is.

use std::path::PathBuf;

use gix::bstr::{BStr, ByteSlice};

/// Where commits are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A repository, bare or with its files around it.
    Folder(PathBuf),
    /// A file that `git bundle` has made.
    Bundle(PathBuf),
    /// A server: copied into the data directory, and brought up to date there.
    Address(String),
}

/// Why there is nothing to read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    #[error(
        "{0} is not there: name the folder of a repository, a bundle, or an address such as https://github.com/kubernetes/steering"
    )]
    NotThere(String),
    #[error(
        "{0} cannot be read from: an address begins with https://, http:// or git://, or is a folder or a file on this machine"
    )]
    Scheme(String),
    #[error("{0} holds a password, which would be in every list of processes: leave it out")]
    Password(String),
}

/// The repository that the commits are of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// GitHub's number.
    pub repo_id: i64,
    /// owner/name.
    pub name: String,
    /// Number and name are the operator's word; else a source has told of both.
    pub is_told: bool,
}

/// Not a repository's name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a repository; write e.g. --repository kubernetes/steering")]
pub struct SubjectError(String);

impl Place {
    /// A place as it is written on the command line.
    pub fn parse(text: &str) -> Result<Self, PlaceError> {
        if let Some(path) = text.strip_prefix("file://") {
            return Self::local(path.into());
        }
        if !text.contains("://") {
            return Self::local(text.into());
        }
        let url = gix::url::parse(BStr::new(text)).map_err(|_| PlaceError::Scheme(text.to_owned()))?;
        if url.password().is_some() {
            return Err(PlaceError::Password(format!("{}://…", url.scheme.as_str())));
        }
        match url.scheme.as_str() {
            "https" | "http" | "git" => Ok(Self::Address(text.to_owned())),
            _ => Err(PlaceError::Scheme(text.to_owned())),
        }
    }

    fn local(path: PathBuf) -> Result<Self, PlaceError> {
        match path.metadata() {
            Ok(found) if found.is_dir() => Ok(Self::Folder(path)),
            Ok(_) => Ok(Self::Bundle(path)),
            Err(_) => Err(PlaceError::NotThere(path.display().to_string())),
        }
    }

    /// owner/name, if the place is GitHub's.
    pub fn repository(&self) -> Option<String> {
        let Self::Address(text) = self else { return None };
        let url = gix::url::parse(BStr::new(text)).ok()?;
        let path = url.path.to_str().ok()?.trim_matches('/');
        let name = path.strip_suffix(".git").unwrap_or(path);
        (url.host() == Some("github.com")).then(|| Subject::check(name).ok()).flatten()
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder(path) | Self::Bundle(path) => path.display().fmt(f),
            Self::Address(url) => f.write_str(url),
        }
    }
}

impl Subject {
    /// owner/name, if it is written so.
    pub fn check(name: &str) -> Result<String, SubjectError> {
        let fits = |part: &str| {
            let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            !part.is_empty() && part.len() <= 100 && part.chars().all(fits)
        };
        match name.split_once('/') {
            Some((owner, repo)) if fits(owner) && fits(repo) => Ok(name.to_owned()),
            _ => Err(SubjectError(name.to_owned())),
        }
    }

    /// Whether the repository is somebody's.
    pub fn is_owned_by(&self, login: &str) -> bool {
        self.name.split('/').next().is_some_and(|owner| owner.eq_ignore_ascii_case(login))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_folder_a_bundle_or_an_address() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x.bundle");
        std::fs::write(&file, "").unwrap();
        let (folder, bundle) = (dir.path().display().to_string(), file.display().to_string());
        assert_eq!(Place::parse(&folder), Ok(Place::Folder(dir.path().to_owned())));
        assert_eq!(Place::parse(&format!("file://{bundle}")), Ok(Place::Bundle(file)));
        let address = |text: &str| Place::parse(text).map(|place| (place.to_string(), place.repository()));
        assert_eq!(
            address("https://github.com/Acme/anvil.git"),
            Ok(("https://github.com/Acme/anvil.git".to_owned(), Some("Acme/anvil".to_owned())))
        );
        assert_eq!(address("git://example.org/a/b"), Ok(("git://example.org/a/b".to_owned(), None)));
        assert_eq!(address("https://ada:secret@example.org/a/b"), Err(PlaceError::Password("https://…".to_owned())));
        assert!(matches!(address("ssh://git@example.org/a/b"), Err(PlaceError::Scheme(_))));
        assert!(matches!(address("ext::sh -c x"), Err(PlaceError::NotThere(_))));
        assert!(matches!(address("/nonexistent"), Err(PlaceError::NotThere(_))));
    }

    #[test]
    fn a_repository_is_an_owner_and_a_name() {
        assert_eq!(Subject::check("acme/anvil.rs").as_deref(), Ok("acme/anvil.rs"));
        for bad in ["acme", "acme/", "/anvil", "a/b/c", "a/b c"] {
            assert!(Subject::check(bad).is_err(), "{bad}");
        }
        let anvil = Subject { repo_id: 7, name: "Acme/anvil".to_owned(), is_told: true };
        assert!(anvil.is_owned_by("acme") && !anvil.is_owned_by("acme2"));
    }
}
