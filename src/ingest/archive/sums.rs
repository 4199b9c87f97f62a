//! The checksums that servers state of a whole file: `Repr-Digest` and `Digest` (RFC
//! 9530 and before it), and the MD5 of the storage that the public archive is on.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::Path,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use md5::{Digest, Md5};
use reqwest::header::HeaderMap;
use sha2::Sha256;

/// What a file has to come to; empty if the server states nothing.
#[derive(Debug, Default)]
pub struct Sums {
    md5: Option<Vec<u8>>,
    sha256: Option<Vec<u8>>,
}

impl Sums {
    /// Reads the headers of an answer.
    pub fn stated(headers: &HeaderMap) -> Self {
        let text = |name: &str| {
            headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join(",")
        };
        let named = |text: &str, name: &str| {
            let value = text.split(',').find_map(|sum| sum.trim().strip_prefix(name)?.strip_prefix('='))?;
            BASE64_STANDARD.decode(value.trim_matches(':')).ok()
        };
        let digest = [text("repr-digest"), text("digest").replacen("SHA-256", "sha-256", 1)].join(",");
        Self { md5: named(&text("x-goog-hash"), "md5"), sha256: named(&digest, "sha-256") }
    }

    pub fn is_empty(&self) -> bool {
        self.md5.is_none() && self.sha256.is_none()
    }

    /// Whether a file comes to what was stated.
    pub fn hold(&self, path: &Path) -> io::Result<bool> {
        Ok(comes_to::<Md5>(path, self.md5.as_deref())? && comes_to::<Sha256>(path, self.sha256.as_deref())?)
    }
}

fn comes_to<D: Digest>(path: &Path, stated: Option<&[u8]>) -> io::Result<bool> {
    let Some(stated) = stated else { return Ok(true) };
    let mut file = BufReader::with_capacity(1 << 20, File::open(path)?);
    let mut hash = D::new();
    loop {
        let chunk = file.fill_buf()?;
        if chunk.is_empty() {
            return Ok(hash.finalize()[..] == *stated);
        }
        hash.update(chunk);
        let read = chunk.len();
        file.consume(read);
    }
}
