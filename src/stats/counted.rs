//! Sums over what a filter selects: whole days from the roll-up in memory, and the parts
//! of days at both ends of its window from the facts. Numbers only; names come last, from
//! the database, for what is shown.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use chrono::{DateTime, Months, NaiveDate, Utc};

use super::days::{Held, Reader, Row, Who};
use super::{Newcomers, Period, filter::Selection, store, window::midnight};

/// Numbers of kinds are below this; what is not, this version does not know.
const KINDS: usize = 64;

/// How much is kept to tell the people of repositories apart, in bytes.
const BYTES: usize = 1 << 25;

/// What a selection selects.
#[derive(Debug)]
pub(super) struct Counted {
    held: Arc<Held>,
    days: Range<NaiveDate>,
    head: Vec<Fact>,
    tail: Vec<Fact>,
    kinds: [bool; KINDS],
    /// Of each repository, whether it counts.
    repos: Option<Vec<bool>>,
    /// The place of the company; nobody's, if nobody here worked there.
    company: Option<u32>,
    bots: bool,
}

/// A fact as a row of its own.
#[derive(Clone, Copy, Debug)]
struct Fact {
    at: DateTime<Utc>,
    kind: i16,
    row: Row,
}

/// Rows of one kind that happened at one time, or on one day.
struct Slice<'a> {
    at: DateTime<Utc>,
    day: NaiveDate,
    kind: i16,
    rows: &'a [Row],
}

/// A person, a repository or a company by its place, and how often.
pub(super) type Ranked = Vec<(u32, i64)>;

/// What [`super::Totals`] says of the facts.
#[derive(Debug, Default)]
pub(super) struct Sums {
    pub kinds: BTreeMap<i16, i64>,
    pub people: i64,
    pub repositories: i64,
    /// Places of companies.
    pub companies: Vec<u32>,
}

impl Counted {
    pub async fn of(reader: &mut Reader<'_>, selection: &Selection) -> sqlx::Result<Arc<Self>> {
        let facts = store::edges(reader, selection).await?;
        let days = selection.days.0..selection.days.1;
        let all = reader.hold(days.clone(), &facts).await?;
        let names = &all.names;
        let (mut head, mut tail) = (Vec::new(), Vec::new());
        for fact in facts {
            let (Some(account), Some(repo)) = (names.accounts.find(&fact.actor_id), names.repos.find(&fact.repo_id))
            else {
                continue;
            };
            let end = if fact.at < selection.head.1 { &mut head } else { &mut tail };
            end.push(Fact { at: fact.at, kind: fact.kind, row: Row { account, repo, n: 1 } });
        }
        let mut kinds = [false; KINDS];
        for kind in &selection.kinds {
            kinds[usize::from(kind.unsigned_abs())] = true;
        }
        let repos = selection.repos.as_ref().map(|repos| {
            let mut counts = vec![false; names.repos.all.len()];
            for place in repos.iter().filter_map(|repo| names.repos.find(repo)) {
                counts[place as usize] = true;
            }
            counts
        });
        let company = selection.company.as_ref().map(|company| names.companies.find(company).unwrap_or(u32::MAX));
        Ok(Arc::new(Self { held: all, days, head, tail, kinds, repos, company, bots: selection.bots }))
    }

    /// Computes something where nobody else waits for it.
    pub async fn ask<T: Send + 'static>(
        self: &Arc<Self>,
        question: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> sqlx::Result<T> {
        let this = Arc::clone(self);
        tokio::task::spawn_blocking(move || question(&this)).await.map_err(|_| sqlx::Error::WorkerCrashed)
    }

    /// GitHub's numbers of people.
    pub fn people(&self, places: impl IntoIterator<Item = u32>) -> Vec<i64> {
        places.into_iter().map(|place| self.held.names.accounts.all[place as usize]).collect()
    }

    /// GitHub's numbers of repositories.
    pub fn repositories(&self, places: impl IntoIterator<Item = u32>) -> Vec<i64> {
        places.into_iter().map(|place| self.held.names.repos.all[place as usize]).collect()
    }

    /// What companies are called.
    pub fn company(&self, place: u32) -> &str {
        &self.held.names.companies.all[place as usize]
    }

    /// What is selected, in the order of time.
    fn slices(&self) -> impl Iterator<Item = Slice<'_>> {
        let alone = |fact: &'_ Fact| (fact.at, fact.at.date_naive(), fact.kind);
        let fact = move |fact| {
            let (at, day, kind) = alone(fact);
            Slice { at, day, kind, rows: std::slice::from_ref(&fact.row) }
        };
        let days = self.held.rows(self.days.clone()).filter(|(_, kind, _)| self.has(*kind));
        let days = days.map(|(day, kind, rows)| Slice { at: midnight(day), day, kind, rows });
        self.head.iter().map(fact).chain(days).chain(self.tail.iter().map(fact))
    }

    fn has(&self, kind: i16) -> bool {
        self.kinds.get(usize::from(kind.unsigned_abs())).is_some_and(|counts| *counts)
    }

    /// The rows of a slice that count, each with whose it is.
    fn rows<'a>(&'a self, slice: &Slice<'a>) -> impl Iterator<Item = (u32, &'a Row)> {
        let (names, day) = (&self.held.names, slice.day);
        let counts = move |row: &&Row| {
            let counts = match names.who[row.account as usize] {
                Who::Nobody => false,
                Who::Bot => self.bots,
                Who::Human => true,
            };
            counts && self.repos.as_ref().is_none_or(|repos| repos[row.repo as usize])
        };
        let rows = slice.rows.iter().filter(counts).map(|row| (names.person[row.account as usize], row));
        let worked = move |person| self.company.is_none() || names.company(person, day) == self.company;
        rows.filter(move |(person, _)| worked(*person))
    }

    fn marks(&self) -> Vec<bool> {
        vec![false; self.held.names.accounts.all.len()]
    }

    pub fn sums(&self) -> Sums {
        let names = &self.held.names;
        let (mut people, mut companies) = (self.marks(), vec![false; names.companies.all.len()]);
        let mut repos = vec![false; names.repos.all.len()];
        let mut kinds = BTreeMap::new();
        for slice in self.slices() {
            let mut sum = 0;
            for (person, row) in self.rows(&slice) {
                sum += i64::from(row.n);
                people[person as usize] = true;
                repos[names.home[row.repo as usize] as usize] = true;
                if let Some(company) = names.company(person, slice.day) {
                    companies[company as usize] = true;
                }
            }
            if sum > 0 {
                *kinds.entry(slice.kind).or_default() += sum;
            }
        }
        Sums { kinds, people: marked(&people), repositories: marked(&repos), companies: places(&companies) }
    }

    /// Everybody, those with most first.
    pub fn by_person(&self) -> Ranked {
        let mut counts = vec![0; self.held.names.accounts.all.len()];
        for slice in self.slices() {
            for (person, row) in self.rows(&slice) {
                counts[person as usize] += i64::from(row.n);
            }
        }
        ranked(counts)
    }

    /// The same of those with at least so many who may be named.
    pub fn named_people(&self, min: i64) -> Ranked {
        let mut people = self.by_person();
        people.retain(|(person, n)| *n >= min && !self.held.names.unnamed[*person as usize]);
        people
    }

    /// What each of these people did.
    pub fn kinds_of(&self, people: &[u32]) -> Vec<Vec<(i16, i64)>> {
        let mut slots = vec![usize::MAX; self.held.names.accounts.all.len()];
        for (slot, person) in people.iter().enumerate() {
            slots[*person as usize] = slot;
        }
        let mut counts = vec![[0_i64; KINDS]; people.len()];
        for slice in self.slices() {
            let kind = usize::from(slice.kind.unsigned_abs());
            for (person, row) in self.rows(&slice) {
                if let Some(counts) = counts.get_mut(slots[person as usize]) {
                    counts[kind] += i64::from(row.n);
                }
            }
        }
        let seen = |counts: [i64; KINDS]| (0_i16..).zip(counts).filter(|(_, n)| *n > 0).collect();
        counts.into_iter().map(seen).collect()
    }

    /// Repositories, busiest first.
    pub fn by_repository(&self) -> Ranked {
        let names = &self.held.names;
        let mut counts = vec![0; names.repos.all.len()];
        for slice in self.slices() {
            for (_, row) in self.rows(&slice) {
                counts[names.home[row.repo as usize] as usize] += i64::from(row.n);
            }
        }
        ranked(counts)
    }

    /// How many people were active in each of these repositories.
    pub fn people_in(&self, repos: &[u32]) -> Vec<i64> {
        let names = &self.held.names;
        let people = names.accounts.all.len().max(1);
        let count = |repos: &[u32]| -> Vec<i64> {
            let mut slots = vec![usize::MAX; names.repos.all.len()];
            for (slot, repo) in repos.iter().enumerate() {
                slots[*repo as usize] = slot;
            }
            let mut seen = vec![false; people * repos.len()];
            for slice in self.slices() {
                for (person, row) in self.rows(&slice) {
                    let slot = slots[names.home[row.repo as usize] as usize];
                    if slot != usize::MAX {
                        seen[slot * people + person as usize] = true;
                    }
                }
            }
            seen.chunks(people).map(marked).collect()
        };
        repos.chunks((BYTES / people).max(1)).flat_map(count).collect()
    }

    /// Of each period: how much was done, and by how many.
    pub fn by_period(&self, period: Period) -> HashMap<DateTime<Utc>, (i64, i64)> {
        let mut points: HashMap<DateTime<Utc>, (i64, i64)> = HashMap::new();
        // In the order of time, so that one mark a person says who is new in a period.
        let mut seen = vec![DateTime::<Utc>::MIN_UTC; self.held.names.accounts.all.len()];
        for slice in self.slices() {
            let start = period.start(slice.at);
            let (mut n, mut people) = (0, 0);
            for (person, row) in self.rows(&slice) {
                n += i64::from(row.n);
                let seen = &mut seen[person as usize];
                people += i64::from(*seen != start);
                *seen = start;
            }
            if n > 0 {
                let point = points.entry(start).or_default();
                *point = (point.0 + n, point.1 + people);
            }
        }
        points
    }

    /// The same by kind, without the people.
    pub fn by_period_and_kind(&self, period: Period) -> HashMap<(DateTime<Utc>, i16), i64> {
        let mut points = HashMap::new();
        for slice in self.slices() {
            let n: i64 = self.rows(&slice).map(|(_, row)| i64::from(row.n)).sum();
            if n > 0 {
                *points.entry((period.start(slice.at), slice.kind)).or_default() += n;
            }
        }
        points
    }

    /// Companies by name, each with how much was done there and by how many. Who worked
    /// nowhere that is known was at `Unknown`.
    pub fn by_company(&self) -> Vec<(String, i64, i64)> {
        let names = &self.held.names;
        let unknown = names.companies.find(&"Unknown".to_owned()).unwrap_or(u32::MAX);
        let mut counts: HashMap<u32, i64> = HashMap::new();
        let mut people = HashSet::new();
        let mut last = vec![None; names.accounts.all.len()];
        for slice in self.slices() {
            for (person, row) in self.rows(&slice) {
                let company = names.company(person, slice.day).unwrap_or(unknown);
                *counts.entry(company).or_default() += i64::from(row.n);
                if last[person as usize] != Some(company) {
                    last[person as usize] = Some(company);
                    people.insert((company, person));
                }
            }
        }
        let mut by: HashMap<u32, i64> = HashMap::new();
        for (company, _) in people {
            *by.entry(company).or_default() += 1;
        }
        let name =
            |company: u32| names.companies.all.get(company as usize).map_or("Unknown", String::as_str).to_owned();
        counts.into_iter().map(|(company, n)| (name(company), n, by[&company])).collect()
    }

    /// Who came in each period from that of `first` on, in days: for the first time, or
    /// not within the three months before and at most 12 times.
    pub fn newcomers(&self, period: Period, first: NaiveDate) -> HashMap<DateTime<Utc>, Newcomers> {
        let first = period.start(midnight(first));
        let mut points: HashMap<DateTime<Utc>, Newcomers> = HashMap::new();
        let mut known = vec![Known::default(); self.held.names.accounts.all.len()];
        for slice in self.slices() {
            let start = period.start(slice.at);
            for (person, row) in self.rows(&slice) {
                let known = &mut known[person as usize];
                if known.period != Some(start) {
                    if start >= first {
                        let point = points.entry(start).or_default();
                        point.people += 1;
                        point.new += i64::from(known.period.is_none());
                        point.episodic += i64::from(known.is_episodic(start));
                    }
                    known.period = Some(start);
                }
                known.last = slice.at;
                known.n += i64::from(row.n);
            }
        }
        points
    }
}

/// What somebody did so far.
#[derive(Clone, Copy, Default)]
struct Known {
    /// When they did something last.
    period: Option<DateTime<Utc>>,
    last: DateTime<Utc>,
    n: i64,
}

impl Known {
    fn is_episodic(&self, start: DateTime<Utc>) -> bool {
        self.period.is_some()
            && self.n <= 12
            && start.checked_sub_months(Months::new(3)).is_some_and(|at| self.last < at)
    }
}

fn marked(marks: &[bool]) -> i64 {
    marks.iter().map(|mark| i64::from(*mark)).sum()
}

fn places(marks: &[bool]) -> Vec<u32> {
    (0..).zip(marks).filter(|(_, mark)| **mark).map(|(place, _)| place).collect()
}

/// Those that are there, most first.
fn ranked(counts: Vec<i64>) -> Ranked {
    let mut ranked: Ranked = (0..).zip(counts).filter(|(_, n)| *n > 0).collect();
    ranked.sort_unstable_by_key(|(place, n)| (-n, *place));
    ranked
}
