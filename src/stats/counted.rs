//! Sums over what a filter selects: whole days from the roll-up in memory, and the parts
//! of days at both ends of its window from the facts. Numbers only; names come last, from
//! the database, for what is shown. A question is one walk over the rows; what many
//! questions want is counted together, and once.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};

use super::days::{Held, Move, Reader, Row, Who};
use super::{Newcomers, Period, filter::Selection, store, window::midnight};

/// Numbers of kinds are below this; what is not, this version does not know.
const KINDS: usize = 64;

/// How much is kept to tell the people of repositories apart, in bytes.
const BYTES: usize = 1 << 25;

/// The place of whatever does not count.
const NONE: u32 = u32::MAX;

/// What a selection selects.
#[derive(Debug)]
pub(super) struct Counted {
    held: Arc<Held>,
    days: Range<NaiveDate>,
    head: Vec<Fact>,
    tail: Vec<Fact>,
    kinds: [bool; KINDS],
    /// Of each repository, the one that it counts for.
    home: Vec<u32>,
    company: Option<u32>,
    person: Option<u32>,
    bots: bool,
    whole: OnceLock<Whole>,
    ranking: OnceLock<Ranked>,
}

/// A fact as a row of its own.
#[derive(Clone, Copy, Debug)]
struct Fact {
    at: DateTime<Utc>,
    kind: i16,
    row: Row,
}

impl Fact {
    fn slice(&self) -> Slice<'_> {
        let rows = std::slice::from_ref(&self.row);
        Slice { at: self.at, day: self.at.date_naive(), kind: self.kind, rows }
    }
}

/// Rows of one kind that happened at one time, or on one day.
struct Slice<'a> {
    at: DateTime<Utc>,
    day: NaiveDate,
    kind: i16,
    rows: &'a [Row],
}

/// The rows of a slice that count: for whom, where, and how often.
struct Rows<'a> {
    rows: std::slice::Iter<'a, Row>,
    standing: &'a [u32],
    home: &'a [u32],
}

impl Iterator for Rows<'_> {
    type Item = (usize, usize, i64);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let row = self.rows.next()?;
            let who = self.standing[row.account as usize];
            if who == NONE {
                continue;
            }
            let home = self.home[row.repo as usize];
            if home != NONE {
                return Some((who as usize, home as usize, i64::from(row.n)));
            }
        }
    }
}

/// A part of what is selected, in the order of time.
struct Part<'a> {
    head: &'a [Fact],
    days: Range<NaiveDate>,
    tail: &'a [Fact],
}

/// A person, a repository or a company by its place, and how often.
pub(super) type Ranked = Vec<(u32, i64)>;

/// What one walk counts.
#[derive(Debug)]
struct Whole {
    kinds: BTreeMap<i16, i64>,
    /// By job.
    jobs: Vec<i64>,
    repos: Vec<i64>,
}

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
        if let Some(counted) = reader.counted(selection) {
            return Ok(counted);
        }
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
        let home = match &selection.repos {
            None => names.home.clone(),
            Some(repos) => {
                let mut home = vec![NONE; names.home.len()];
                for place in repos.iter().filter_map(|repo| names.repos.find(repo)) {
                    home[place as usize] = names.home[place as usize];
                }
                home
            }
        };
        let company = selection.company.as_ref().map(|company| names.companies.find(company).unwrap_or(NONE));
        let person = selection.person.map(|person| names.accounts.find(&person).unwrap_or(NONE));
        let (bots, whole, ranking) = (selection.bots, OnceLock::new(), OnceLock::new());
        let counted =
            Self { held: Arc::clone(&all), days, head, tail, kinds, home, company, person, bots, whole, ranking };
        Ok(reader.keep(selection, counted))
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

    /// Where people worked on a day.
    pub fn companies_on(&self, day: NaiveDate, people: impl IntoIterator<Item = u32>) -> Vec<Option<String>> {
        let jobs = self.held.names.jobs_on(day);
        people.into_iter().map(|person| Some(self.company(*jobs.get(&person)?).to_owned())).collect()
    }

    /// What companies are called.
    pub fn company(&self, place: u32) -> &str {
        self.held.names.companies.all.get(place as usize).map_or("Unknown", String::as_str)
    }

    /// All that is selected.
    fn all(&self) -> Part<'_> {
        Part { head: &self.head, days: self.days.clone(), tail: &self.tail }
    }

    /// Counts both halves at once and adds the later one to the earlier; between them a
    /// period begins.
    fn both<T: Send>(&self, period: Period, count: impl Fn(&Part<'_>) -> T + Sync, add: impl FnOnce(&mut T, T)) -> T {
        let middle = self.held.middle(&self.days).map(|day| period.start(midnight(day)).date_naive());
        let Some(middle) = middle.filter(|day| *day > self.days.start) else { return count(&self.all()) };
        let early = Part { days: self.days.start..middle, tail: &[], ..self.all() };
        let late = Part { days: middle..self.days.end, head: &[], ..self.all() };
        std::thread::scope(|scope| {
            let late = scope.spawn(|| count(&late));
            let mut counted = count(&early);
            add(&mut counted, late.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            counted
        })
    }

    /// Sees a part slice by slice; `number` says as what somebody is counted who holds a
    /// job.
    fn walk(&self, part: &Part<'_>, number: impl Fn(u32) -> u32, mut see: impl FnMut(&Slice<'_>, Rows<'_>)) {
        let names = &self.held.names;
        let counts = |account: usize| match names.who[account] {
            _ if self.person.is_some_and(|person| person != names.person[account]) => false,
            Who::Nobody => false,
            Who::Bot => self.bots,
            Who::Human => true,
        };
        let number = |account: usize, job: u32| {
            let works = self.company.is_none() || names.company(job) == self.company;
            if works && counts(account) { number(job) } else { NONE }
        };
        let mut standing: Vec<u32> =
            names.person.iter().enumerate().map(|(account, person)| number(account, *person)).collect();
        let mut moves = names.moves.as_slice();
        let mut see = |slice: &Slice<'_>| {
            while let Some((Move { account, job, .. }, later)) =
                moves.split_first().filter(|(it, _)| it.day <= slice.day)
            {
                standing[*account as usize] = number(*account as usize, *job);
                moves = later;
            }
            see(slice, Rows { rows: slice.rows.iter(), standing: &standing, home: &self.home });
        };
        part.head.iter().for_each(|fact| see(&fact.slice()));
        for (day, kind, rows) in self.held.rows(part.days.clone()) {
            if self.kinds.get(usize::from(kind.unsigned_abs())).is_some_and(|counts| *counts) {
                see(&Slice { at: midnight(day), day, kind, rows });
            }
        }
        part.tail.iter().for_each(|fact| see(&fact.slice()));
    }

    /// The same by person.
    fn walk_people(&self, part: &Part<'_>, see: impl FnMut(&Slice<'_>, Rows<'_>)) {
        self.walk(part, |job| self.held.names.person_at(job), see);
    }

    fn people_marks<T: Clone>(&self, mark: T) -> Vec<T> {
        vec![mark; self.held.names.accounts.all.len()]
    }

    /// What most questions are about, in one walk.
    fn whole(&self) -> &Whole {
        let names = &self.held.names;
        let count = |part: &Part<'_>| {
            let (mut jobs, mut repos) = (vec![0; names.jobs()], vec![0; names.repos.all.len()]);
            let mut kinds = BTreeMap::new();
            let see = |slice: &Slice<'_>, rows: Rows<'_>| {
                let mut sum = 0;
                for (job, repo, n) in rows {
                    sum += n;
                    jobs[job] += n;
                    repos[repo] += n;
                }
                if sum > 0 {
                    *kinds.entry(slice.kind).or_default() += sum;
                }
            };
            self.walk(part, |job| job, see);
            Whole { kinds, jobs, repos }
        };
        self.whole.get_or_init(|| {
            self.both(Period::Day, count, |whole, late| {
                add(&mut whole.jobs, &late.jobs);
                add(&mut whole.repos, &late.repos);
                late.kinds.into_iter().for_each(|(kind, n)| *whole.kinds.entry(kind).or_default() += n);
            })
        })
    }

    /// The jobs in which something was done, each with how much.
    fn jobs(&self) -> impl Iterator<Item = (u32, i64)> {
        (0..).zip(&self.whole().jobs).filter(|(_, n)| **n > 0).map(|(job, n)| (job, *n))
    }

    pub fn sums(&self) -> Sums {
        let names = &self.held.names;
        let (mut people, mut companies) = (self.people_marks(false), vec![false; names.companies.all.len()]);
        for (job, _) in self.jobs() {
            people[names.person_at(job) as usize] = true;
            if let Some(company) = names.company(job) {
                companies[company as usize] = true;
            }
        }
        let repositories = self.whole().repos.iter().map(|n| i64::from(*n > 0)).sum();
        let companies = (0..).zip(companies).filter(|(_, worked)| *worked).map(|(place, _)| place).collect();
        Sums { kinds: self.whole().kinds.clone(), people: marked(&people), repositories, companies }
    }

    /// Everybody, those with most first.
    pub fn by_person(&self) -> &Ranked {
        self.ranking.get_or_init(|| {
            let mut counts = self.people_marks(0);
            for (job, n) in self.jobs() {
                counts[self.held.names.person_at(job) as usize] += n;
            }
            ranked(counts)
        })
    }

    /// The same of those with at least so many who may be named.
    pub fn named_people(&self, min: i64) -> Ranked {
        let named = |(person, n): &&(u32, i64)| *n >= min && !self.held.names.unnamed[*person as usize];
        self.by_person().iter().filter(named).copied().collect()
    }

    /// What each of these people did.
    pub fn kinds_of(&self, people: &[u32]) -> Vec<Vec<(i16, i64)>> {
        let mut slots = self.people_marks(NONE);
        for (slot, person) in (0..).zip(people) {
            slots[*person as usize] = slot;
        }
        let count = |part: &Part<'_>| {
            let mut counts: BTreeMap<i16, Vec<i64>> = BTreeMap::new();
            let slot = |job| slots[self.held.names.person_at(job) as usize];
            self.walk(part, slot, |slice, rows| {
                let counts = counts.entry(slice.kind).or_insert_with(|| vec![0; people.len()]);
                rows.for_each(|(slot, _, n)| counts[slot] += n);
            });
            counts
        };
        let counts = self.both(Period::Day, count, |counts, late| {
            for (kind, late) in late {
                add(counts.entry(kind).or_insert_with(|| vec![0; people.len()]), &late);
            }
        });
        let of = |slot: usize| counts.iter().map(|(kind, n)| (*kind, n[slot])).filter(|(_, n)| *n > 0).collect();
        (0..people.len()).map(of).collect()
    }

    /// Repositories, busiest first.
    pub fn by_repository(&self) -> Ranked {
        ranked(self.whole().repos.clone())
    }

    /// How many people were active in each of these repositories.
    pub fn people_in(&self, repos: &[u32]) -> Vec<i64> {
        if self.person.is_some() {
            return vec![1; repos.len()];
        }
        let people = self.held.names.accounts.all.len().max(1);
        let count = |repos: &[u32]| -> Vec<i64> {
            let mut slots = vec![usize::MAX; self.held.names.repos.all.len()];
            for (slot, repo) in repos.iter().enumerate() {
                slots[*repo as usize] = slot;
            }
            let count = |part: &Part<'_>| {
                let mut seen = vec![0_u8; people * repos.len()];
                self.walk_people(part, |_, rows| {
                    for (person, repo, _) in rows {
                        let slot = slots[repo];
                        if slot != usize::MAX {
                            seen[slot * people + person] = 1;
                        }
                    }
                });
                seen
            };
            let seen = self.both(Period::Day, count, |seen, late| seen.iter_mut().zip(late).for_each(|(a, b)| *a |= b));
            seen.chunks(people).map(|seen| seen.iter().copied().map(i64::from).sum()).collect()
        };
        repos.chunks((BYTES / people).max(1)).flat_map(count).collect()
    }

    /// Of each period: how much was done, and by how many.
    pub fn by_period(&self, period: Period) -> HashMap<DateTime<Utc>, (i64, i64)> {
        let count = |part: &Part<'_>| {
            let mut points: HashMap<DateTime<Utc>, (i64, i64)> = HashMap::new();
            let mut periods = Periods::of(period);
            // In the order of time, so that one mark a person says who is new in a period.
            let mut seen = self.people_marks(0);
            self.walk_people(part, |slice, rows| {
                let now = periods.at(slice);
                let (mut sum, mut people) = (0, 0);
                for (person, _, n) in rows {
                    sum += n;
                    people += i64::from(seen[person] != now);
                    seen[person] = now;
                }
                if sum > 0 {
                    let point = points.entry(periods.start).or_default();
                    *point = (point.0 + sum, point.1 + people);
                }
            });
            points
        };
        self.both(period, count, HashMap::extend)
    }

    /// The same by kind, without the people.
    pub fn by_period_and_kind(&self, period: Period) -> HashMap<(DateTime<Utc>, i16), i64> {
        let count = |part: &Part<'_>| {
            let mut points = HashMap::new();
            self.walk_people(part, |slice, rows| {
                let n: i64 = rows.map(|(_, _, n)| n).sum();
                if n > 0 {
                    *points.entry((period.start(slice.at), slice.kind)).or_default() += n;
                }
            });
            points
        };
        self.both(period, count, HashMap::extend)
    }

    /// Companies by name, each with how much was done there and by how many. Who worked
    /// nowhere that is known was at `Unknown`.
    pub fn by_company(&self) -> Vec<(String, i64, i64)> {
        let names = &self.held.names;
        let unknown = names.companies.find(&"Unknown".to_owned()).unwrap_or(NONE);
        let company = |job: u32| names.company(job).unwrap_or(unknown);
        let mut counts: HashMap<u32, (i64, i64)> = HashMap::new();
        self.jobs().for_each(|(job, n)| counts.entry(company(job)).or_default().0 += n);
        let mut people: Vec<_> = self.jobs().map(|(job, _)| (company(job), names.person_at(job))).collect();
        people.sort_unstable();
        people.dedup();
        for (company, _) in people {
            counts.entry(company).or_default().1 += 1;
        }
        counts.into_iter().map(|(place, (n, people))| (self.company(place).to_owned(), n, people)).collect()
    }

    /// Who came in each period from that of `first` on, in days: for the first time, or
    /// not within the three months before and at most 12 times.
    pub fn newcomers(&self, period: Period, first: NaiveDate) -> HashMap<DateTime<Utc>, Newcomers> {
        let first = period.start(midnight(first));
        let mut points: HashMap<DateTime<Utc>, Newcomers> = HashMap::new();
        let mut periods = Periods::of(period);
        let mut known = self.people_marks(Known::default());
        self.walk_people(&self.all(), |slice, rows| {
            let now = periods.at(slice);
            let (day, long_ago) = (slice.day.num_days_from_ce(), periods.start - Months::new(3));
            let long_ago = long_ago.num_days_from_ce();
            let mut point = Newcomers::default();
            for (person, _, n) in rows {
                let known = &mut known[person];
                if known.period != now {
                    point.people += 1;
                    point.new += i64::from(known.period == 0);
                    point.episodic += i64::from(known.period > 0 && known.n <= 12 && known.last < long_ago);
                    known.period = now;
                }
                known.last = day;
                known.n += n;
            }
            if periods.start >= first && point.people > 0 {
                let sum = points.entry(periods.start).or_default();
                sum.people += point.people;
                sum.new += point.new;
                sum.episodic += point.episodic;
            }
        });
        points
    }
}

/// The periods that a walk comes through, numbered from 1.
struct Periods {
    period: Period,
    start: DateTime<Utc>,
    number: u32,
}

impl Periods {
    fn of(period: Period) -> Self {
        Self { period, start: DateTime::<Utc>::MIN_UTC, number: 0 }
    }

    /// The number of the period of a slice.
    fn at(&mut self, slice: &Slice<'_>) -> u32 {
        let start = self.period.start(slice.at);
        self.number += u32::from(start != self.start);
        self.start = start;
        self.number
    }
}

/// What somebody did so far.
#[derive(Clone, Copy, Default)]
struct Known {
    /// In which period they did something last; 0 is none.
    period: u32,
    /// On which day.
    last: i32,
    n: i64,
}

fn marked(marks: &[bool]) -> i64 {
    marks.iter().map(|mark| i64::from(*mark)).sum()
}

fn add(sums: &mut [i64], more: &[i64]) {
    sums.iter_mut().zip(more).for_each(|(sum, n)| *sum += n);
}

/// Those that are there, most first.
fn ranked(counts: Vec<i64>) -> Ranked {
    let mut ranked: Ranked = (0..).zip(counts).filter(|(_, n)| *n > 0).collect();
    ranked.sort_unstable_by_key(|(place, n)| (-n, *place));
    ranked
}
