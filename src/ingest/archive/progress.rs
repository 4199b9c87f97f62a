//! What an ingest says while it runs and when it is done.

use chrono::{DateTime, Utc};

use super::Place;

/// Hears how an ingest goes. Shown as a bar, as lines or not at all.
pub trait Progress: Send + Sync {
    /// So many files, of so many bytes in all, will be read.
    fn begin(&self, _hours: usize, _bytes: u64) {}
    /// An hour is done with.
    fn hour(&self, _hour: &HourReport) {}
}

/// Says nothing.
#[derive(Clone, Copy, Debug)]
pub struct Quiet;

impl Progress for Quiet {}

/// What became of one hour.
#[derive(Clone, Debug)]
pub struct HourReport {
    pub hour: DateTime<Utc>,
    pub place: Place,
    pub bytes: u64,
    pub outcome: Outcome,
}

/// What became of an hour's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Read whole; `facts` are the ones that were new.
    Done { events: u64, facts: u64, bad_lines: u64, unknown_lines: u64, same_fact: u64 },
    /// Read before, and the same.
    Known,
    /// Looked for, and not there.
    Missing,
    /// Not read; nothing of it was kept.
    Failed(String),
}

impl std::fmt::Display for HourReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}): ", self.hour.format("%Y-%m-%d %H:00"), self.place)?;
        match &self.outcome {
            Outcome::Done { events, facts, bad_lines, .. } => {
                write!(f, "{events} events, {facts} new facts, {bad_lines} bad lines")
            }
            Outcome::Known => f.write_str("known"),
            Outcome::Missing => f.write_str("not there"),
            Outcome::Failed(problem) => f.write_str(problem),
        }
    }
}

/// The sums of an ingest.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub done: u64,
    pub known: u64,
    /// Hours that were looked for and are not there.
    pub missing: u64,
    pub failed: Vec<HourReport>,
    pub events: u64,
    pub facts: u64,
    pub bad_lines: u64,
    pub unknown_lines: u64,
    pub same_fact: u64,
    pub bytes: u64,
    /// Organisations of the filter that no hour, now or before, has named.
    pub unknown_orgs: Vec<String>,
}

impl Report {
    pub(super) fn add(&mut self, hour: HourReport) {
        self.bytes += hour.bytes;
        match &hour.outcome {
            Outcome::Done { events, facts, bad_lines, unknown_lines, same_fact } => {
                self.done += 1;
                self.events += events;
                self.facts += facts;
                self.bad_lines += bad_lines;
                self.unknown_lines += unknown_lines;
                self.same_fact += same_fact;
            }
            Outcome::Known => self.known += 1,
            Outcome::Missing => self.missing += 1,
            Outcome::Failed(_) => self.failed.push(hour),
        }
    }
}
