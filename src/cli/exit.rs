//! How a command ends when it did not succeed: one sentence, and a code that a
//! script can tell apart.

use std::process::ExitCode;

use super::ballots::NoFile;
use super::recount::{NoCandidate, Usage};
use crate::{
    election::{NoElection, close::CloseError, freeze::FreezeError, result::ResultError},
    ingest::{
        HealError,
        api::{ApiError, GitHubError},
        git::{GitError, IngestError as GitIngestError, PlaceError},
    },
    stats::StatsError,
};

const ERROR: u8 = 1;
pub(super) const USAGE: u8 = 2;
const VERIFICATION_FAILED: u8 = 3;
const NOT_FOUND: u8 = 4;
const COVERAGE_TOO_LOW: u8 = 5;
const TRY_LATER: u8 = 75;

/// Prints what the program can do, for somebody who named nothing to do.
pub(super) fn help(mut program: clap::Command) -> ExitCode {
    // A closed pipe is no error worth a word.
    let _ = program.print_help();
    ExitCode::from(USAGE)
}

/// Says that nobody has a login.
pub(super) fn nobody(login: &str) -> ExitCode {
    eprintln!("hustings: nobody was seen under the login {login}; read the hours in which they were active first");
    ExitCode::from(NOT_FOUND)
}

/// Prints an error with its causes and gives its exit code.
pub(super) fn report(error: &anyhow::Error) -> ExitCode {
    eprintln!("hustings: {error:#}");
    ExitCode::from(code(error))
}

fn code(error: &anyhow::Error) -> u8 {
    if error.is::<NoElection>() || error.is::<NoCandidate>() || error.is::<NoFile>() {
        return NOT_FOUND;
    }
    if error.is::<Usage>() {
        return USAGE;
    }
    if let Some(error) = error.downcast_ref::<StatsError>() {
        return if error.is_not_found() { NOT_FOUND } else { ERROR };
    }
    if let Some(error) = error.downcast_ref::<PlaceError>() {
        return if matches!(error, PlaceError::NotThere(_)) { NOT_FOUND } else { USAGE };
    }
    if let Some(error) = error.downcast_ref::<GitIngestError>() {
        return match error {
            GitIngestError::Unknown(_) => NOT_FOUND,
            GitIngestError::Subject(_) | GitIngestError::Nameless(_) => USAGE,
            GitIngestError::Git(GitError::Fetch { .. }) => TRY_LATER,
            _ => ERROR,
        };
    }
    if let Some(error) = error.downcast_ref::<CloseError>() {
        return match error {
            CloseError::Open(_) => TRY_LATER,
            CloseError::Tampered { .. } => VERIFICATION_FAILED,
            _ => ERROR,
        };
    }
    if let Some(HealError::Source(error)) = error.downcast_ref() {
        return if error.is_not_found() { NOT_FOUND } else { USAGE };
    }
    let healing = match error.downcast_ref() {
        Some(HealError::Api(error)) => Some(error),
        _ => None,
    };
    if let Some(ApiError::GitHub(error)) = error.downcast_ref().or(healing) {
        return match error {
            GitHubError::NotFound { .. } => NOT_FOUND,
            GitHubError::Unreachable { .. } => TRY_LATER,
            GitHubError::BaseUrl(_) => USAGE,
            _ => ERROR,
        };
    }
    if let Some(FreezeError::Coverage(_)) = error.downcast_ref() {
        return COVERAGE_TOO_LOW;
    }
    if let Some(ResultError::NotCounted) = error.downcast_ref() {
        return TRY_LATER;
    }
    ERROR
}
