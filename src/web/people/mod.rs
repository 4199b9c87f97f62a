//! `/people`: developer activity counts, one person's page, and what they say of themselves.

pub mod affiliation;
pub mod list;
pub mod person;

use crate::stats::Kind;

/// The five colours of what people do, in the order they are drawn.
pub const PARTS: [&str; 5] = ["pushes", "pull requests", "issues", "comments", "reviews and other"];

/// Which of the five a kind is part of.
pub fn part(kind: Kind) -> usize {
    match kind {
        Kind::Push => 0,
        Kind::PrOpened | Kind::PrClosed | Kind::PrReopened | Kind::PrOther | Kind::PrMerged => 1,
        Kind::IssueOpened | Kind::IssueClosed | Kind::IssueReopened | Kind::IssueOther => 2,
        Kind::IssueComment | Kind::PrComment | Kind::CommitComment => 3,
        _ => 4,
    }
}

/// A number's kinds, added up by colour.
pub fn parts(kinds: &[(Kind, i64)]) -> Vec<i64> {
    let mut parts = vec![0; PARTS.len()];
    for (kind, n) in kinds {
        parts[part(*kind)] += n;
    }
    parts
}
