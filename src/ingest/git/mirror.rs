//! A server's repository, copied into the data directory: its branches, all of
//! their commits. What is fetched once is not fetched again; a copy that broke off
//! goes on with the next run.

use std::{path::Path, sync::atomic::AtomicBool};

use gix::{
    Repository,
    bstr::ByteSlice,
    protocol::handshake::Ref,
    remote::{Direction, fetch::Tags, ref_map},
};
use sha2::{Digest, Sha256};

use super::history::{GitError, Refs, open};

/// Every branch, wherever it went; and which of them is the default.
const BRANCHES: [&str; 2] = ["+refs/heads/*:refs/heads/*", "+HEAD:refs/remotes/origin/HEAD"];

/// Brings the copy of an address up to date and says what its branches are now.
pub fn fetch(url: &str, mirrors: &Path) -> Result<(Repository, Refs), GitError> {
    // The one provider of TLS; already installed is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let path = mirrors.join(hex::encode(&Sha256::digest(url)[..16]));
    let repo = open_or_init(&path)?;
    let refs =
        update(&repo, url).map_err(|error| GitError::Fetch { url: url.to_owned(), reason: error.to_string() })?;
    Ok((open(&path)?, refs))
}

fn open_or_init(path: &Path) -> Result<Repository, GitError> {
    let failed = |reason: String| GitError::Open { place: path.display().to_string(), reason };
    if !path.join("HEAD").exists() {
        std::fs::create_dir_all(path).map_err(|error| failed(error.to_string()))?;
        gix::init_bare(path).map_err(|error| failed(error.to_string()))?;
    }
    open(path)
}

fn update(repo: &Repository, url: &str) -> gix::Result<Refs> {
    let remote = repo.remote_at(url)?.with_refspecs(BRANCHES, Direction::Fetch)?.with_fetch_tags(Tags::None);
    let fetch = remote.connect(Direction::Fetch)?.prepare_fetch(gix::progress::Discard, ref_map::Options::default())?;
    let outcome = fetch.receive(gix::progress::Discard, &AtomicBool::new(false))?;
    Ok(refs_of(&outcome.ref_map.remote_refs))
}

fn refs_of(named: &[Ref]) -> Refs {
    let mut refs = Refs::default();
    for found in named {
        let (name, id, _) = found.unpack();
        let Some(id) = id.map(gix::hash::oid::to_owned) else { continue };
        if name == "HEAD" {
            refs.head = Some(id);
        } else if name.starts_with_str("refs/heads/") {
            refs.tips.insert(id);
        }
    }
    refs.tips.extend(refs.head);
    refs
}
