//! Which user runs PostgreSQL, and from which binaries.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::{Gid, Uid, User, getegid, geteuid};

use super::error::{ClusterError, io};
use super::prepare::Layout;

/// The system user that `postgres` runs as.
#[derive(Debug, Clone)]
pub struct Account {
    pub uid: Uid,
    pub gid: Gid,
    pub name: String,
}

impl Account {
    /// Ourselves; but PostgreSQL refuses root, so as root: whoever owns the cluster already (made
    /// by a plain user, or by nobody before `postgres` was installed), else postgres, else nobody.
    pub fn choose(data: &Path) -> Result<Self, ClusterError> {
        if !geteuid().is_root() {
            return Ok(Self::of(geteuid(), getegid()));
        }
        match fs::metadata(data) {
            Ok(owner) if owner.uid() != 0 => Ok(Self::of(Uid::from_raw(owner.uid()), Gid::from_raw(owner.gid()))),
            _ => ["postgres", "nobody"]
                .iter()
                .find_map(|name| User::from_name(name).ok().flatten())
                .map(|user| Self { uid: user.uid, gid: user.gid, name: user.name })
                .ok_or(ClusterError::NoAccount),
        }
    }

    fn of(uid: Uid, gid: Gid) -> Self {
        Self { uid, gid, name: name_of(uid) }
    }

    /// Runs `postgres --version` from `bin` as this account, in `folder`: which tests at once
    /// that it can run the one and enter the other, whatever ACLs and mounts say.
    fn version(&self, bin: &Path, folder: &Path) -> io::Result<String> {
        let mut command = Command::new(bin.join("postgres"));
        command.arg("--version").current_dir(folder);
        if geteuid().is_root() {
            // std then drops root's supplementary groups as well.
            command.uid(self.uid.as_raw()).gid(self.gid.as_raw());
        }
        let output = command.output()?;
        // "postgres (PostgreSQL) 15.18 (Debian …)"; "16beta1" and "17devel" exist too.
        let text = String::from_utf8_lossy(&output.stdout);
        let number = text.split("(PostgreSQL)").nth(1).unwrap_or_default().trim_start();
        let major: String = number.chars().take_while(char::is_ascii_digit).collect();
        if major.is_empty() {
            return Err(io::Error::other(format!("{} told no version", bin.display())));
        }
        Ok(major)
    }
}

pub fn name_of(uid: Uid) -> String {
    User::from_uid(uid).ok().flatten().map_or_else(|| uid.to_string(), |user| user.name)
}

/// Where server binaries may be, in the order of preference.
fn candidates(chosen: Option<&Path>) -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut dirs: Vec<PathBuf> = chosen.map(Path::to_owned).into_iter().collect();
    dirs.extend(std::env::split_paths(&path).filter(|dir| dir.is_absolute()));
    dirs.extend(newest_first("/usr/lib/postgresql", ""));
    for homebrew in ["/opt/homebrew/opt", "/usr/local/opt", "/home/linuxbrew/.linuxbrew/opt"] {
        dirs.extend(newest_first(homebrew, "postgresql@"));
    }
    dirs.retain(|dir| has_server(dir));
    dirs
}

fn has_server(dir: &Path) -> bool {
    dir.join("postgres").is_file() && dir.join("initdb").is_file()
}

/// `parent/{prefix}{version}/bin` for each version that is there.
fn newest_first(parent: &str, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let version = |name: &str| name.strip_prefix(prefix)?.split('.').next()?.parse::<u32>().ok();
    let mut found: Vec<(u32, PathBuf)> =
        entries.filter_map(|entry| Some((version(entry.file_name().to_str()?)?, entry.path().join("bin")))).collect();
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    found.into_iter().map(|(_, dir)| dir).collect()
}

/// Finds binaries that the account can run and, where there is a cluster, that are of its
/// version: PostgreSQL opens no other version's.
pub fn binaries(chosen: Option<&Path>, layout: &Layout, account: &Account) -> Result<PathBuf, ClusterError> {
    if let Some(dir) = chosen.filter(|dir| !has_server(dir)) {
        return Err(ClusterError::NoBinaries { searched: dir.display().to_string() });
    }
    let wanted = layout.version();
    let mut found = Vec::new();
    for dir in candidates(chosen) {
        match account.version(&dir, Path::new("/")) {
            Ok(version) if wanted.as_ref().is_none_or(|wanted| *wanted == version) => {
                return Ok(dir);
            }
            Ok(version) => found.push(format!("{version} in {}", dir.display())),
            Err(error) => {
                found.push(format!("{}, unusable for {}: {error}", dir.display(), account.name));
            }
        }
    }
    let Some(wanted) = wanted else {
        found.insert(0, "PATH, /usr/lib/postgresql/*/bin, Homebrew's folders".to_owned());
        return Err(ClusterError::NoBinaries { searched: found.join("; ") });
    };
    if found.is_empty() {
        found.push("none".to_owned());
    }
    let (data, found) = (layout.data.clone(), found.join(", "));
    Err(ClusterError::OtherVersion { data, wanted, found })
}

/// Tests that the account can enter `dir`, and finds which folder above keeps it out.
pub fn enterable(dir: &Path, bin: &Path, account: &Account) -> Result<(), ClusterError> {
    match account.version(bin, dir) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            let above: Vec<&Path> = dir.ancestors().collect();
            let closed = above.iter().rev().find(|dir| account.version(bin, dir).is_err());
            let closed = closed.map_or(dir, |dir| *dir).to_owned();
            let (dir, account) = (dir.to_owned(), account.name.clone());
            Err(ClusterError::NotEnterable { dir, closed, account })
        }
        Err(error) => Err(io("enter", dir)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_numbers() {
        let parent = tempfile::tempdir().unwrap();
        for name in ["pg@9.6", "pg@16", "pg@15", "pg@old", "mysql@17"] {
            fs::create_dir(parent.path().join(name)).unwrap();
        }
        let found = newest_first(parent.path().to_str().unwrap(), "pg@");
        let bin = |name: &str| parent.path().join(name).join("bin");
        assert_eq!(found, [bin("pg@16"), bin("pg@15"), bin("pg@9.6")]);
    }
}
