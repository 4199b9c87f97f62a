//! Real data that is no part of the project: in `../shared`, or where
//! `HUSTINGS_SHARED` says. Without it tests say so and pass; in CI they fail.

use std::path::{Path, PathBuf};

/// The path of a file or folder of the shared data, if it is there.
#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where the data is")]
pub fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var("HUSTINGS_SHARED")
        .map_or_else(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let found = root.join("data").join(path);
    if found.exists() {
        return Some(found);
    }
    assert!(std::env::var("CI").is_err(), "{} is not there, and CI needs it", found.display());
    eprintln!("skipped: {} is not there (set HUSTINGS_SHARED)", found.display());
    None
}
