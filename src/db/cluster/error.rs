//! What can go wrong with the private database, in words for whoever has to put it right.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use super::wire::Refusal;

/// Why the private database did not start, stay or stop. Each says what happened, what was
/// expected where that is not plain, and what to do next.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    #[error("could not {action} {}: {source}", path.display())]
    Io { action: &'static str, path: PathBuf, source: io::Error },

    #[error(
        "another hustings is using {} (pid {pid}): stop that one first, or give this one a \
         HUSTINGS_DATA_DIR of its own", dir.display()
    )]
    InUse { dir: PathBuf, pid: String },

    #[error(
        "a PostgreSQL of an earlier run is still working in {} after {} s ({processes}); it was \
         not disturbed, because two at once would destroy the data. Wait and start again; if it \
         hangs, end it with: kill -QUIT PID", dir.display(), waited.as_secs()
    )]
    StillRunning { dir: PathBuf, processes: String, waited: Duration },

    #[error(
        "found no PostgreSQL server to run (looked for `postgres` beside `initdb` in {searched}). \
         Install one (Debian, Ubuntu: apt-get install postgresql; macOS: brew install postgresql), \
         name its folder in HUSTINGS_POSTGRES_BIN, or set DATABASE_URL to a server of your own"
    )]
    NoBinaries { searched: String },

    #[error(
        "the database in {} was made by PostgreSQL {wanted}, which is not installed (found: \
         {found}). Install that version (Debian, Ubuntu: apt-get install postgresql-{wanted}) or \
         name its folder in HUSTINGS_POSTGRES_BIN; pg_upgrade moves the data to a newer version",
        data.display()
    )]
    OtherVersion { data: PathBuf, wanted: String, found: String },

    #[error(
        "root may not run PostgreSQL, and this system has neither a user postgres nor nobody to \
         run it as: add one (useradd --system postgres), or run hustings as a plain user"
    )]
    NoAccount,

    #[error(
        "the database {at} belongs to user {owner}, but hustings would run it as {account}: run \
         hustings as {owner} or as root, or hand it over with: chown -R {account} {at}",
        at = path.display()
    )]
    OtherOwner { path: PathBuf, owner: String, account: String },

    #[error(
        "PostgreSQL runs as user {account}, who cannot enter {}, because {at} is closed to them. \
         Let them pass (chmod o+x {at}) or set HUSTINGS_DATA_DIR to a folder outside of it, such \
         as /var/lib/hustings", dir.display(), at = closed.display()
    )]
    NotEnterable { dir: PathBuf, closed: PathBuf, account: String },

    #[error(
        "no folder has a path short enough for a socket: {} leaves no room below {limit} bytes. \
         Set HUSTINGS_DATA_DIR (or TMPDIR) to a shorter path", dir.display()
    )]
    LongPath { dir: PathBuf, limit: usize },

    #[error(
        "{at} must be a folder, no link, that user {account} alone may enter: run chmod 700 {at} \
         if it is, or move it out of the way if it is not that user's", at = path.display()
    )]
    NotPrivate { path: PathBuf, account: String },

    #[error("initdb could not create the database ({status}). The end of {}:\n{tail}", log.display())]
    Init { status: ExitStatus, log: PathBuf, tail: String },

    #[error("PostgreSQL ended by itself ({status}). The end of {}:\n{tail}", log.display())]
    Died { status: ExitStatus, log: PathBuf, tail: String },

    #[error(
        "PostgreSQL did not accept connections within {} s; the last answer was: {refusal}. \
         Its log is {}", waited.as_secs(), log.display()
    )]
    NotReady { waited: Duration, refusal: Refusal, log: PathBuf },

    #[error(
        "PostgreSQL did not shut down within {} s and was ended the hard way ({status}). Nothing \
         committed is lost: the next start recovers it, and takes longer", waited.as_secs()
    )]
    Forced { waited: Duration, status: ExitStatus },

    #[error("could not run {program}: {source}")]
    Command { program: String, source: io::Error },
}

/// Attaches what was tried, and on what, to an I/O error.
pub fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ClusterError {
    let path = path.to_owned();
    move |source| ClusterError::Io { action, path, source }
}
