//! A fact as every source makes it, and its natural key: a kind and two numbers.
//! The table of keys is in the migration that makes `fact`.

use std::{cmp::Ordering, collections::BTreeSet, ops::RangeInclusive};

use bytes::{BufMut, Bytes, BytesMut};
use chrono::{DateTime, NaiveDate};
use sha2::{Digest, Sha256};

use crate::stats::{Kind, rollup::Moved};

/// The archive's bit in `fact.sources`.
pub const ARCHIVE: i16 = 1;
/// The API's.
pub const API: i16 = 2;
/// The webhooks'.
pub const WEBHOOK: i16 = 4;
/// That of git.
pub const GIT: i16 = 8;

/// The account that GitHub shows in place of one that is gone: nobody's deeds.
pub const GHOST: i64 = 10_137;

/// How long after something happened its event may be dated, in seconds: 5 at most
/// among 1,500 closings of 2015 and 2016.
pub const LAG: i64 = 10;
/// How long before, where a source rounds.
pub const LEAD: i64 = 2;
/// How long after something happened GitHub's own list dates it, in seconds: 1 at most
/// among 312 closings.
pub const TOLD_LAG: i64 = 2;
/// Below this are the keys of what that list has dated; see [`Instant::key`].
pub const TOLD: i64 = -(1 << 61);

/// In place of an actor or a repository that a source does not name.
pub const NOBODY: i64 = 0;

/// One thing that happened. The order is that of the natural key, then that of
/// the winner when two sources disagree about the rest: a number before a stand-in
/// or nobody, then the earlier instant. `store::lock_clashes` has the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact {
    pub kind: Kind,
    pub key_a: i64,
    pub key_b: i64,
    /// Seconds since 1970.
    pub at: i64,
    pub actor_id: i64,
    pub repo_id: i64,
    pub number: Option<i32>,
}

impl Fact {
    fn key(&self) -> (Kind, i64, i64) {
        (self.kind, self.key_a, self.key_b)
    }

    fn rank(&self) -> impl Ord + use<> {
        let known = |id: i64| (id <= NOBODY, id);
        (self.key(), self.actor_id <= NOBODY, self.at, self.actor_id, known(self.repo_id), self.number)
    }

    /// The UTC day it counts for.
    pub fn day(&self) -> NaiveDate {
        DateTime::from_timestamp(self.at, 0).unwrap_or_default().date_naive()
    }
}

impl Ord for Fact {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for Fact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Number and instant in one: for what can happen to one issue several times.
fn occurrence(number: i32, at: i64) -> i64 {
    (i64::from(number) << 33) + at
}

/// When something happened that may happen again. The natural key of such a fact
/// is the exact instant; one that is less exact gives way to it. What gives way to what
/// gives way to a third gives way to the third too, so the order does not matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instant {
    /// As the issue itself names it: the same from every source.
    Exact(i64),
    /// As GitHub's list of an issue's events names it: up to [`TOLD_LAG`] late.
    Told(i64),
    /// Of an event about it: a third of the archive's are some seconds late.
    Near(i64),
}

impl Instant {
    /// What the issue names, if that is about this event of the archive; else the event's own.
    pub fn new(event: i64, named: Option<i64>) -> Self {
        named.filter(|named| (0..=LAG).contains(&(event - named))).map_or(Self::Near(event), Self::Exact)
    }

    /// Number and instant in one, below zero if it is not exact.
    pub fn key(self, number: i32) -> i64 {
        match self {
            Self::Exact(at) => occurrence(number, at),
            Self::Told(at) => TOLD - occurrence(number, at),
            Self::Near(at) => -occurrence(number, at),
        }
    }

    /// The keys that a key gives way to; `store::drop_staged_near` has the same.
    fn betters(key: i64) -> Vec<RangeInclusive<i64>> {
        let near = -key;
        let told = TOLD - key;
        match key {
            0.. => Vec::new(),
            TOLD.. => vec![near - LAG..=near + LEAD, TOLD - near - LEAD..=TOLD - near + LAG - TOLD_LAG],
            _ => vec![told - TOLD_LAG..=told],
        }
    }
}

/// Takes out what gives way to another of these facts.
fn drop_near(facts: &mut Vec<Fact>) {
    let again = |fact: &Fact| Kind::AGAIN.contains(&fact.kind);
    let keys: BTreeSet<_> = facts.iter().filter(|f| again(f)).map(Fact::key).collect();
    let is_bettered = |f: &Fact| {
        let known = |keys_of: RangeInclusive<i64>| {
            let at = |key_b: &i64| (f.kind, f.key_a, *key_b);
            keys.range(at(keys_of.start())..=at(keys_of.end())).next().is_some()
        };
        Instant::betters(f.key_b).into_iter().any(known)
    };
    facts.retain(|f| !(again(f) && is_bettered(f)));
}

/// The first eight bytes of the SHA-256 over the parts, each with its length.
pub fn key_hash(parts: &[&[u8]]) -> i64 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let mut first = [0; 8];
    first.copy_from_slice(&hash.finalize()[..8]);
    i64::from_be_bytes(first)
}

/// Sorts facts by key and keeps one of each: the smallest. Says how many of them
/// another one stated too.
pub fn settle(facts: &mut Vec<Fact>) -> usize {
    facts.sort_unstable();
    let before = facts.iter().filter(|fact| fact.kind != Kind::PrMerged).count();
    facts.dedup_by_key(|fact| fact.key());
    drop_near(facts);
    before - facts.iter().filter(|fact| fact.kind != Kind::PrMerged).count()
}

/// What settled facts add to the roll-up, sorted.
pub fn roll_up(facts: impl IntoIterator<Item = Fact>) -> Vec<Moved> {
    let mut rows: Vec<Moved> = facts
        .into_iter()
        .map(|f| Moved { day: f.day(), actor_id: f.actor_id, repo_id: f.repo_id, kind: f.kind as i16, n: 1 })
        .collect();
    rows.sort_unstable();
    rows.dedup_by(|next, kept| {
        let same =
            (next.day, next.actor_id, next.repo_id, next.kind) == (kept.day, kept.actor_id, kept.repo_id, kept.kind);
        if same {
            kept.n += next.n;
        }
        same
    });
    rows
}

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// Microseconds from 1970 to 2000, where `PostgreSQL` counts from.
const EPOCH: i64 = 946_684_800_000_000;

/// Facts in the binary format of COPY, in the order of the columns of `fact_stage`.
pub fn copy_rows(facts: &[Fact]) -> Bytes {
    let mut out = BytesMut::with_capacity(facts.len() * 76 + 32);
    out.put_slice(SIGNATURE);
    out.put_u64(0);
    for fact in facts {
        out.put_i16(7);
        out.put_i32(2);
        out.put_i16(fact.kind as i16);
        for value in [fact.key_a, fact.key_b, fact.at * 1_000_000 - EPOCH, fact.actor_id, fact.repo_id] {
            out.put_i32(8);
            out.put_i64(value);
        }
        match fact.number {
            Some(number) => {
                out.put_i32(4);
                out.put_i32(number);
            }
            None => out.put_i32(-1),
        }
    }
    out.put_i16(-1);
    out.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn star(key_b: i64, at: i64, actor_id: i64) -> Fact {
        Fact { kind: Kind::Star, key_a: 9, key_b, at, actor_id, repo_id: 1, number: None }
    }

    #[test]
    fn one_of_each_key_stays_and_it_is_the_smallest() {
        for mut facts in
            [vec![star(1, 20, 5), star(1, 10, 7), star(2, 1, 1)], vec![star(2, 1, 1), star(1, 10, 7), star(1, 20, 5)]]
        {
            assert_eq!(settle(&mut facts), 1);
            assert_eq!(facts, [star(1, 10, 7), star(2, 1, 1)]);
        }
    }

    #[test]
    fn who_has_a_number_wins_over_a_stand_in_and_then_the_earlier_instant() {
        let mut by_rank = [star(1, 20, -5), star(1, 20, 7), star(1, 20, NOBODY), star(1, 10, -9)];
        by_rank.sort_unstable();
        assert_eq!(by_rank.iter().map(|fact| fact.actor_id).collect::<Vec<_>>(), [7, -9, -5, NOBODY]);
    }

    #[test]
    fn an_event_gives_way_to_the_exact_instant_near_it() {
        let closed = |instant: Instant| Fact { kind: Kind::IssueClosed, key_b: instant.key(3), ..star(0, 50, 1) };
        let kept = |facts: [Fact; 2]| {
            let mut facts = facts.to_vec();
            settle(&mut facts);
            facts.len()
        };
        for (near, left) in [(97, 2), (98, 1), (100, 1), (110, 1), (111, 2)] {
            let facts = [closed(Instant::Exact(100)), closed(Instant::Near(near))];
            assert_eq!(kept(facts), left, "{near}");
        }
        assert_eq!(kept([closed(Instant::Near(100)), closed(Instant::Near(101))]), 2);
        assert_eq!(Instant::new(105, Some(100)), Instant::Exact(100));
        assert_eq!(Instant::new(105, Some(90)), Instant::Near(105));
    }

    #[test]
    fn of_three_tellings_of_a_closing_the_most_exact_stays_in_any_order() {
        let closed = |instant: Instant| Fact { kind: Kind::IssueClosed, key_b: instant.key(3), ..star(0, 50, 1) };
        let left = |instants: &[Instant]| {
            let mut facts: Vec<_> = instants.iter().map(|it| closed(*it)).collect();
            settle(&mut facts);
            facts.into_iter().map(|fact| fact.key_b).collect::<Vec<_>>()
        };
        let (exact, told) = (Instant::Exact(100), Instant::Told(101));
        assert_eq!(left(&[Instant::Near(106), told]), [told.key(3)]);
        assert_eq!(left(&[exact, told]), [exact.key(3)]);
        assert_eq!(left(&[Instant::Near(106), told, exact]), [exact.key(3)]);
        assert_eq!(left(&[Instant::Told(103), exact]).len(), 2, "another closing");
        assert_eq!(left(&[Instant::Told(99), exact]).len(), 2);
        // What gives way to the list gives way to whatever the list gives way to.
        for at in 90..120 {
            for told in [100, 101, 102].map(Instant::Told) {
                if left(&[Instant::Near(at), told]).len() == 1 {
                    assert_eq!(left(&[Instant::Near(at), exact]).len(), 1, "{at} {told:?}");
                }
            }
        }
    }

    #[test]
    fn the_roll_up_counts_each_day_apart() {
        let rows = roll_up([star(1, 0, 5), star(2, 86_399, 5), star(3, 86_400, 5)]);
        let counts: Vec<_> = rows.iter().map(|row| (row.day.to_string(), row.n)).collect();
        assert_eq!(counts, [("1970-01-01".to_owned(), 2), ("1970-01-02".to_owned(), 1)]);
    }

    #[test]
    fn the_hash_tells_where_a_part_ends() {
        assert_ne!(key_hash(&[b"ab", b"c"]), key_hash(&[b"a", b"bc"]));
        assert_eq!(key_hash(&[b"ab"]), key_hash(&[b"ab"]));
    }

    #[test]
    fn occurrences_of_one_issue_differ_by_second() {
        assert_ne!(occurrence(1, 1_451_606_400), occurrence(1, 1_451_606_401));
        assert_ne!(occurrence(1, 1_451_606_400), occurrence(2, 1_451_606_400));
    }
}
