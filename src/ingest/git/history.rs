//! A repository that can be read: where its branches are, and where its history ends.

use std::{collections::BTreeSet, path::Path};

use chrono::{DateTime, Utc};
use gix::{ObjectId, Repository, ThreadSafeRepository};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::{
    bundle,
    mailmap::{self, Entry},
    mirror,
    place::Place,
};

/// Nothing larger is unpacked, in bytes.
const LARGEST: &str = "268435456";

/// Why a repository cannot be read. Nothing of it was taken.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error("{place} is not a git repository: {reason}")]
    Open { place: String, reason: String },
    #[error("{place} is not a bundle of git's: {reason}")]
    Bundle { place: String, reason: String },
    #[error("{url} could not be fetched: {reason}; run it again to go on")]
    Fetch { url: String, reason: String },
    #[error("{0} has no branch with a commit on it")]
    Empty(String),
    #[error("commit {sha} cannot be read: {reason}; the copy is damaged, or was changed meanwhile: git fsck says more")]
    Object { sha: ObjectId, reason: String },
}

/// A repository, opened.
#[derive(Debug)]
pub struct History {
    pub repo: ThreadSafeRepository,
    /// The tip of the default branch.
    pub head: Option<ObjectId>,
    pub tips: BTreeSet<ObjectId>,
    /// The commits without whose parents it was copied.
    pub shallow: BTreeSet<ObjectId>,
    /// Where a bundle was unpacked; it goes with the copy.
    _unpacked: Option<TempDir>,
}

/// What a place names: its branches, and which of them is the default.
#[derive(Debug, Default)]
pub struct Refs {
    pub head: Option<ObjectId>,
    pub tips: BTreeSet<ObjectId>,
}

impl History {
    /// Opens a place, unpacking or fetching it first. Blocks.
    pub fn open(place: &Place, mirrors: &Path) -> Result<Self, GitError> {
        let (repo, refs, unpacked) = match place {
            Place::Folder(path) => {
                let repo = open(path)?;
                let refs = own_refs(&repo).map_err(|error| not_open(path, &error))?;
                (repo, refs, None)
            }
            Place::Bundle(path) => {
                let dir = tempfile::tempdir().map_err(|error| GitError::Bundle {
                    place: path.display().to_string(),
                    reason: error.to_string(),
                })?;
                let refs = bundle::unpack(path, dir.path())?;
                (open(dir.path())?, refs, Some(dir))
            }
            Place::Address(url) => {
                let (repo, refs) = mirror::fetch(url, mirrors)?;
                (repo, refs, None)
            }
        };
        if refs.tips.is_empty() {
            return Err(GitError::Empty(place.to_string()));
        }
        let shallow = repo.shallow_commits().ok().flatten();
        let shallow = shallow.map(|commits| commits.iter().copied().collect()).unwrap_or_default();
        Ok(Self { repo: repo.into_sync(), head: refs.head, tips: refs.tips, shallow, _unpacked: unpacked })
    }

    /// What tells one state of a repository, read in one way, from another.
    pub fn digest(&self, since: Option<DateTime<Utc>>) -> [u8; 32] {
        let mut hash = Sha256::new();
        let head: BTreeSet<ObjectId> = self.head.into_iter().collect();
        for ids in [&head, &self.tips, &self.shallow] {
            hash.update((ids.len() as u64).to_be_bytes());
            for id in ids {
                hash.update(id.as_slice());
            }
        }
        hash.update(since.map_or(i64::MIN, |since| since.timestamp()).to_be_bytes());
        hash.finalize().into()
    }

    /// When the tip of the default branch was committed.
    pub fn head_at(&self) -> Option<DateTime<Utc>> {
        let commit = self.repo.to_thread_local().find_commit(self.head?).ok()?.time().ok()?;
        DateTime::from_timestamp(commit.seconds, 0)
    }

    /// The mailmap of the default branch.
    pub fn mailmap(&self) -> Vec<Entry> {
        let repo = self.repo.to_thread_local();
        let text = || {
            let tree = repo.find_commit(self.head?).ok()?.tree().ok()?;
            let entry = tree.lookup_entry_by_path(".mailmap").ok()??;
            let is_file = entry.mode().is_blob();
            is_file.then(|| entry.object().ok()).flatten().map(|blob| blob.data.clone())
        };
        text().map(|text| mailmap::read(&text)).unwrap_or_default()
    }
}

/// Opens a folder, looking at no settings but its own.
pub fn open(path: &Path) -> Result<Repository, GitError> {
    let limit = format!("gitoxide.objects.allocLimit={LARGEST}");
    // A server that wants to know who asks is told nobody, and nobody is asked.
    let quiet = "gitoxide.credentials.terminalPrompt=false".to_owned();
    let options = gix::open::Options::isolated().config_overrides([limit, quiet]);
    gix::open_opts(path, options).map_err(|error| not_open(path, &error))
}

fn not_open(path: &Path, error: &dyn std::fmt::Display) -> GitError {
    GitError::Open { place: path.display().to_string(), reason: error.to_string() }
}

/// The branches of a folder: those of its origin, if it is a clone with files, for
/// what was not pushed is nobody's contribution yet; else its own.
fn own_refs(repo: &Repository) -> gix::Result<Refs> {
    let origin = Refs { head: head_of(repo, "refs/remotes/origin/HEAD"), tips: tips_of(repo, "refs/remotes/origin/")? };
    if !origin.tips.is_empty() {
        return Ok(Refs { head: origin.head.or_else(|| head_of(repo, "HEAD")), ..origin });
    }
    let head = head_of(repo, "HEAD");
    let tips = tips_of(repo, "refs/heads/")?.into_iter().chain(head).collect();
    Ok(Refs { head, tips })
}

fn head_of(repo: &Repository, name: &str) -> Option<ObjectId> {
    Some(repo.try_find_reference(name).ok()??.peel_to_commit().ok()?.id)
}

fn tips_of(repo: &Repository, prefix: &str) -> gix::Result<BTreeSet<ObjectId>> {
    let mut tips = BTreeSet::new();
    for reference in repo.references()?.prefixed(prefix)? {
        tips.extend(reference.ok().and_then(|mut found| found.peel_to_commit().ok()).map(|commit| commit.id));
    }
    Ok(tips)
}
