//! What reading a file comes to: the same words for every file of people and groups.

use std::{collections::BTreeSet, fmt};

/// What a file did, or would do: nothing is committed here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Rows that were taken.
    pub rows: usize,
    /// What is different from before, a line each, `+` or `-` in front.
    pub changes: Vec<String>,
    /// Rows that could not be used.
    pub unusable: Vec<Unusable>,
    /// What else whoever gave the file should know.
    pub notes: Vec<String>,
}

/// A row that could not be used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    pub line: usize,
    pub problem: String,
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.problem)
    }
}

/// What is gone and what is new, sorted.
pub fn changes<T: Ord + fmt::Display>(before: &BTreeSet<T>, after: &BTreeSet<T>) -> Vec<String> {
    let gone = before.difference(after).map(|row| format!("- {row}"));
    gone.chain(after.difference(before).map(|row| format!("+ {row}"))).collect()
}
