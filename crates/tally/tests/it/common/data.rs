//! Where the shared elections are.
//!
//! The data is not part of the project: `HUSTINGS_SHARED` says where it is. Where it is missing
//! these tests say so and pass, except in CI, where they fail.

use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::{Value, from_slice};
use tally::{Election, formats::csv};

pub fn elections() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = env::var_os("HUSTINGS_SHARED").map_or(beside, PathBuf::from).join("data/elections");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(env::var_os("CI").is_none(), "no shared elections at {}", folder.display());
    println!("skipped: no shared elections at {}", folder.display());
    None
}

/// The folders of the elections whose name begins so, by name.
pub fn folders(elections: &Path, prefix: &str) -> Vec<(String, PathBuf)> {
    let paths = fs::read_dir(elections).expect("a folder").map(|entry| entry.expect("an entry").path());
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    let folders = paths.filter(|path| path.is_dir()).map(|path| (name(&path), path));
    let mut folders: Vec<_> = folders.filter(|(name, _)| name.starts_with(prefix)).collect();
    folders.sort();
    folders
}

pub fn read_election(folder: &Path) -> Election {
    let bytes = fs::read(folder.join("ballots.csv")).expect("ballots");
    csv::read(&bytes).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
}

pub fn read_json(path: &Path) -> Value {
    from_slice(&fs::read(path).expect("a file")).expect("JSON")
}

pub fn strings(list: &Value) -> Vec<String> {
    list.as_array().expect("a list").iter().map(|it| it.as_str().expect("a string").to_owned()).collect()
}
