//! How background work is queued, retried and scheduled. This room knows no
//! particular job: `worker` matches kinds to functions.
//!
//! A job is enqueued in the transaction that causes it, claimed with SKIP LOCKED
//! under a lease (a worker that dies loses it), deleted when done, and put back
//! with a growing pause when it fails.

mod store;

use chrono::{DateTime, TimeDelta, Utc};

pub use store::{Depth, begin, claim, depth, enqueue, finish, next_due, renew, retry, waiting};

/// How long a worker may hold a job before another takes it over.
pub const LEASE: TimeDelta = TimeDelta::minutes(10);
/// First pause after a failure; doubled each time.
pub const FIRST_PAUSE: TimeDelta = TimeDelta::minutes(1);
/// The longest pause between two attempts.
pub const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(1);

/// Work to be enqueued.
#[derive(Clone, Debug)]
pub struct NewJob<'a> {
    pub kind: &'a str,
    pub payload: serde_json::Value,
    /// At most one waiting job with this key; a second is ignored.
    pub unique_key: Option<String>,
    pub run_at: DateTime<Utc>,
}

/// Which jobs to take: those of some kinds, or all others.
#[derive(Clone, Copy, Debug)]
pub struct Lane {
    pub kinds: &'static [&'static str],
    pub others: bool,
}

/// Work that this worker holds until `LEASE` has passed.
#[derive(Clone, Debug)]
pub struct Job {
    pub job_id: i64,
    pub kind: String,
    pub payload: serde_json::Value,
    /// Attempts before this one.
    pub attempts: i32,
}

/// The pause after the given number of failed attempts: 1 minute, doubling, up to an hour.
pub fn pause(attempts: i32) -> TimeDelta {
    let doublings = u32::try_from(attempts).unwrap_or(0).min(6);
    (FIRST_PAUSE * 2_i32.pow(doublings)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour() {
        let minutes: Vec<i64> = (0..8).map(|n| pause(n).num_minutes()).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 60, 60]);
    }
}
