//! `/people`: developer activity counts, one person's page, and what they say of themselves.

pub mod affiliation;
pub mod list;
pub mod person;

use std::collections::HashMap;
use std::hash::Hash;

use crate::stats::Kind;

/// Most facts of one person that sums are made from.
pub const MOST_FACTS: i64 = 50_000;

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

/// Counts equal things, the most frequent first.
pub fn most_first<T: Ord + Hash>(things: impl Iterator<Item = T>) -> Vec<(T, i64)> {
    let mut counts: HashMap<T, i64> = HashMap::new();
    for thing in things {
        *counts.entry(thing).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
    counts
}
