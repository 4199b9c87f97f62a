//! Names seen beside numeric ids, and on which days; and the memory of those
//! already in the database, so that an hour writes only what is new about them.

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::{BuildHasher, RandomState},
    sync::{Mutex, PoisonError},
};

use chrono::NaiveDate;

/// A name, and the days between which it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub name: Box<str>,
    /// The owning organisation, of a repository.
    pub org_id: Option<i64>,
    pub first: NaiveDate,
    pub last: NaiveDate,
}

/// The names of one hour by id; nearly always one each.
#[derive(Debug, Default)]
pub struct Sightings {
    by_id: HashMap<i64, Seen>,
    more: Vec<(i64, Seen)>,
}

impl Sightings {
    /// Notes a name.
    pub fn see(&mut self, id: i64, name: &str, org_id: Option<i64>, day: NaiveDate) {
        match self.by_id.entry(id) {
            Entry::Vacant(entry) => {
                entry.insert(Seen::new(name, org_id, day));
            }
            Entry::Occupied(mut entry) if &*entry.get().name == name => entry.get_mut().widen(org_id, day),
            Entry::Occupied(_) => match self.more.iter_mut().find(|(own, seen)| *own == id && &*seen.name == name) {
                Some((_, seen)) => seen.widen(org_id, day),
                None => self.more.push((id, Seen::new(name, org_id, day))),
            },
        }
    }

    /// Everything seen, by id and name.
    pub fn into_sorted(self) -> Vec<(i64, Seen)> {
        let mut all: Vec<_> = self.by_id.into_iter().chain(self.more).collect();
        all.sort_unstable_by(|(id, seen), (other, than)| (id, &seen.name).cmp(&(other, &than.name)));
        all
    }
}

impl Seen {
    fn new(name: &str, org_id: Option<i64>, day: NaiveDate) -> Self {
        Self { name: name.into(), org_id, first: day, last: day }
    }

    fn widen(&mut self, org_id: Option<i64>, day: NaiveDate) {
        self.org_id = self.org_id.max(org_id);
        self.first = self.first.min(day);
        self.last = self.last.max(day);
    }
}

/// What is in the database already: for each id one name, as a hash, and the days.
#[derive(Debug, Default)]
pub struct Memory {
    hasher: RandomState,
    known: Mutex<HashMap<i64, Known>>,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    name: u64,
    first: NaiveDate,
    last: NaiveDate,
}

/// About 40 MB; then it begins anew.
const MOST: usize = 1_000_000;

impl Memory {
    /// Drops the sightings that would change nothing.
    pub fn only_news(&self, seen: &mut Vec<(i64, Seen)>) {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        seen.retain(|(id, seen)| known.get(id).is_none_or(|known| !known.covers(seen, self.hash(seen))));
    }

    /// Remembers what was committed.
    pub fn remember(&self, seen: &[(i64, Seen)]) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() > MOST {
            known.clear();
        }
        for (id, seen) in seen {
            let new = Known { name: self.hash(seen), first: seen.first, last: seen.last };
            known.entry(*id).and_modify(|old| *old = old.and(new)).or_insert(new);
        }
    }

    fn hash(&self, seen: &Seen) -> u64 {
        self.hasher.hash_one((&seen.name, seen.org_id))
    }
}

impl Known {
    fn covers(&self, seen: &Seen, name: u64) -> bool {
        self.name == name && self.first <= seen.first && seen.last <= self.last
    }

    fn and(self, new: Self) -> Self {
        if self.name == new.name {
            Self { first: self.first.min(new.first), last: self.last.max(new.last), ..new }
        } else {
            new
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2016, 1, n).unwrap()
    }

    #[test]
    fn one_account_may_be_seen_under_two_logins_in_one_hour() {
        let mut seen = Sightings::default();
        for (name, n) in [("ada", 2), ("ada2", 2), ("ada", 1), ("ada2", 3)] {
            seen.see(1, name, None, day(n));
        }
        let seen = seen.into_sorted();
        let spans: Vec<_> = seen.iter().map(|(_, s)| (&*s.name, s.first, s.last)).collect();
        assert_eq!(spans, [("ada", day(1), day(2)), ("ada2", day(2), day(3))]);
    }

    #[test]
    fn only_what_is_new_is_kept() {
        let memory = Memory::default();
        let ada =
            |first, last| vec![(1, Seen { first: day(first), last: day(last), ..Seen::new("ada", None, day(1)) })];
        memory.remember(&ada(2, 4));
        for (mut seen, left) in
            [(ada(2, 3), 0), (ada(1, 2), 1), (ada(4, 5), 1), (vec![(1, Seen::new("eve", None, day(3)))], 1)]
        {
            memory.only_news(&mut seen);
            assert_eq!(seen.len(), left, "{seen:?}");
        }
    }
}
