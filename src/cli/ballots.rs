//! Files of ballots, as the commands without a database take them.

use std::{
    fs,
    io::{self, Read},
    path::Path,
};

use anyhow::Context;
use tally::formats::{self, File, Format};

/// The file is not there.
#[derive(Debug, thiserror::Error)]
#[error("{0} cannot be read: there is no such file; expected a file of ballots, or - for standard input")]
pub(super) struct NoFile(String);

/// Whether a path stands for standard input or output.
pub(super) fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}

pub(super) fn extension(path: &Path) -> Option<&str> {
    path.extension()?.to_str()
}

/// Reads the bytes of a file, or of standard input.
pub(super) fn bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    if is_standard(path) {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(NoFile(path.display().to_string()).into()),
        read => read.with_context(|| format!("{} cannot be read", path.display())),
    }
}

/// Reads ballots; an error names the file.
pub(super) fn parse(path: &Path, bytes: &[u8], format: Option<Format>) -> anyhow::Result<File> {
    let file = formats::read_named(bytes, format, extension(path));
    file.map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))
}
