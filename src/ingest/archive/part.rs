//! What has arrived of an hour so far: a file that survives a crash, and beside it
//! the version of which it is a part. Only one process writes it at a time.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use super::fetch::{FetchError, Fetched};
use crate::ingest::fact::key_hash;

#[derive(Debug)]
pub struct Part {
    path: PathBuf,
    /// Held, and with it the lock, until the part is finished or given up.
    file: File,
    pub bytes: u64,
    etag: Option<String>,
}

impl Part {
    /// Opens what is there of an address, or an empty part.
    pub fn open(folder: &Path, url: &str) -> Result<Self, FetchError> {
        let name = url
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .replace(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '-', "_");
        let path = folder.join(format!("{:016x}-{name}.part", key_hash(&[url.as_bytes()])));
        let disk = |error| FetchError::Disk(path.clone(), error);
        fs::create_dir_all(folder).map_err(disk)?;
        let file = File::options().create(true).append(true).open(&path).map_err(disk)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(FetchError::Busy(path)),
            Err(TryLockError::Error(error)) => return Err(disk(error)),
            Ok(()) => {}
        }
        let bytes = file.metadata().map_err(disk)?.len();
        let etag = fs::read_to_string(beside(&path)).ok();
        Ok(Self { path, file, bytes, etag })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The version to go on with; a weak one may stand for other bytes.
    pub fn resumable(&self) -> Option<&str> {
        self.etag.as_deref().filter(|etag| self.bytes > 0 && etag.starts_with('"'))
    }

    /// Begins anew, with another version.
    pub fn begin(&mut self, etag: Option<String>) -> Result<(), FetchError> {
        self.file.set_len(0).map_err(|error| self.disk(error))?;
        match &etag {
            Some(etag) => fs::write(beside(&self.path), etag).map_err(|error| self.disk(error))?,
            None => drop(fs::remove_file(beside(&self.path))),
        }
        (self.bytes, self.etag) = (0, etag);
        Ok(())
    }

    /// Writes behind what is there.
    pub fn append(&self) -> Result<tokio::fs::File, FetchError> {
        Ok(tokio::fs::File::from_std(self.file.try_clone().map_err(|error| self.disk(error))?))
    }

    /// It is whole: takes the sign of a part off its name.
    pub fn finish(self) -> Result<Fetched, FetchError> {
        let whole = self.path.with_extension("");
        fs::rename(&self.path, &whole).map_err(|error| self.disk(error))?;
        drop(fs::remove_file(beside(&self.path)));
        Ok(Fetched::File { path: whole, etag: self.etag })
    }

    /// It is of no use; the next try begins anew.
    pub fn remove(self) {
        drop(fs::remove_file(beside(&self.path)));
        drop(fs::remove_file(&self.path));
    }

    pub fn disk(&self, error: io::Error) -> FetchError {
        FetchError::Disk(self.path.clone(), error)
    }
}

fn beside(path: &Path) -> PathBuf {
    path.with_extension("etag")
}
