//! The daily roll-up in memory: what pages count. A process reads a day when it is first
//! asked for, and again when a transaction wrote it; so a sum is a walk over numbers that
//! lie side by side, and as current as the database. Twelve bytes a row of `activity_day`.

use std::collections::{BTreeMap, HashMap};
use std::ops::{Deref, DerefMut, Range};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use tokio::sync::Mutex;

use super::store::{self, DayRow, EdgeRow};

/// How many days are read at once.
const AT_ONCE: usize = 366;

/// The days that a process holds. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Days(Arc<Mutex<Shared>>);

#[derive(Debug, Default)]
struct Shared {
    /// As of when they are held; never, at first.
    seen: Option<Moment>,
    held: Arc<Held>,
}

/// A connection, and the days that its process holds: what counts are asked of.
#[derive(Debug)]
pub struct Reader<'c> {
    db: &'c mut PgConnection,
    days: Days,
}

impl Deref for Reader<'_> {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        self.db
    }
}

impl DerefMut for Reader<'_> {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.db
    }
}

impl<'c> Reader<'c> {
    /// Reads what others have read, too.
    pub fn new(db: &'c mut PgConnection, days: &Days) -> Self {
        Self { db, days: days.clone() }
    }

    /// Reads for itself, and no more than it is asked for.
    pub fn alone(db: &'c mut PgConnection) -> Self {
        Self::new(db, &Days::default())
    }

    /// Reads a year before anybody asks for it.
    pub async fn read_ahead(&mut self, year: i32) -> sqlx::Result<()> {
        let first = |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or(NaiveDate::MAX);
        self.hold(first(year)..first(year + 1), &[]).await?;
        Ok(())
    }

    /// These days and what these facts name, as of the connection's snapshot or, if
    /// somebody with a later one came first, as of that.
    pub(super) async fn hold(&mut self, wanted: Range<NaiveDate>, facts: &[EdgeRow]) -> sqlx::Result<Arc<Held>> {
        let mut shared = self.days.0.lock().await;
        let seen = shared.seen.as_ref();
        let changes = store::changes_since(self.db, seen.map(|it| &*it.text), seen.map(|it| it.at)).await?;
        let now = Moment { text: changes.now, at: changes.at };
        // From an older snapshot than others have seen nothing is kept.
        let is_latest = seen.is_none_or(|seen| now.sees_all_of(seen));
        let mut held = if changes.is_late { Arc::default() } else { Arc::clone(&shared.held) };
        if !changes.days.is_empty() {
            Arc::make_mut(&mut held).days.retain(|day, _| !changes.days.contains(day));
        }
        if changes.people {
            Arc::make_mut(&mut Arc::make_mut(&mut held).names).describe_anew(self.db).await?;
        }
        if is_latest {
            *shared = Shared { seen: Some(now), held: Arc::clone(&held) };
        }
        let span = changes.first.zip(changes.last).map(|(first, last)| first..last.succ_opt().unwrap_or(last));
        let span = span.map(|span| span.start.max(wanted.start)..span.end.min(wanted.end));
        // Stretches of days, because a few ranges are found faster than many days.
        for days in
            held.missing(span).chunk_by(|day, next| day.succ_opt() == Some(*next)).flat_map(|d| d.chunks(AT_ONCE))
        {
            let (Some(first), Some(last)) = (days.first(), days.last()) else { continue };
            let rows = store::days(self.db, *first, *last).await?;
            let new = Arc::make_mut(&mut held);
            new.take_in(days, rows);
            Arc::make_mut(&mut new.names).describe(self.db).await?;
            if is_latest {
                shared.held = Arc::clone(&held);
            }
        }
        if !facts.iter().all(|fact| held.names.knows(fact)) {
            let names = Arc::make_mut(&mut Arc::make_mut(&mut held).names);
            for fact in facts {
                names.row(fact.actor_id, fact.repo_id, 1);
            }
            names.describe(self.db).await?;
            if is_latest {
                shared.held = Arc::clone(&held);
            }
        }
        Ok(held)
    }
}

/// A snapshot of the database, as it writes it (the oldest transaction that may still
/// run, the first that has not begun, and which of those between still run), and when.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Moment {
    text: String,
    at: DateTime<Utc>,
}

impl Moment {
    /// The first transaction that has not begun, and those before it that run.
    fn parts(&self) -> (u64, Vec<u64>) {
        let mut parts = self.text.split(':').skip(1);
        let end = parts.next().and_then(|end| end.parse().ok()).unwrap_or_default();
        let running = parts.next().unwrap_or_default().split(',').filter_map(|xid| xid.parse().ok());
        (end, running.collect())
    }

    /// Whether whatever the other sees is seen here.
    fn sees_all_of(&self, other: &Self) -> bool {
        let ((end, running), (other_end, other_running)) = (self.parts(), other.parts());
        end >= other_end && running.iter().all(|xid| *xid >= other_end || other_running.contains(xid))
    }
}

/// What is held of the days, and who and what is in them.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    days: BTreeMap<NaiveDate, Arc<Day>>,
    pub names: Arc<Names>,
}

/// One day, kind by kind.
#[derive(Clone, Debug, Default)]
struct Day {
    /// Each kind with the end of its rows.
    kinds: Vec<(i16, usize)>,
    rows: Vec<Row>,
}

/// How often an account did something in a repository; both as places in [`Names`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub account: u32,
    pub repo: u32,
    pub n: u32,
}

impl Held {
    fn missing(&self, days: Option<Range<NaiveDate>>) -> Vec<NaiveDate> {
        let days = days.into_iter().flat_map(|days| days.start.iter_days().take_while(move |day| *day < days.end));
        days.filter(|day| !self.days.contains_key(day)).collect()
    }

    fn take_in(&mut self, days: &[NaiveDate], rows: Vec<DayRow>) {
        let mut read: BTreeMap<NaiveDate, Day> = days.iter().map(|day| (*day, Day::default())).collect();
        let names = Arc::make_mut(&mut self.names);
        for DayRow { day, kind, accounts, repos, counts } in rows {
            let Some(day) = read.get_mut(&day) else { continue };
            let counts = counts.into_iter().map(i32::unsigned_abs);
            let rows = accounts.into_iter().zip(repos).zip(counts);
            day.rows.extend(rows.map(|((account, repo), n)| names.row(account, repo, n)));
            day.kinds.push((kind, day.rows.len()));
        }
        self.days.extend(read.into_iter().map(|(date, day)| (date, Arc::new(day))));
    }

    /// The rows of each day and kind, in the order of the days.
    pub fn rows(&self, days: Range<NaiveDate>) -> impl Iterator<Item = (NaiveDate, i16, &[Row])> {
        let days = if days.is_empty() { days.start..days.start } else { days };
        self.days.range(days).flat_map(|(date, day)| {
            let starts = std::iter::once(0).chain(day.kinds.iter().map(|(_, end)| *end));
            let kinds = starts.zip(&day.kinds);
            kinds.map(|(start, (kind, end))| (*date, *kind, &day.rows[start..*end]))
        })
    }
}

/// Numbers of the database as places in lists, and what is known of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub accounts: Places<i64>,
    pub repos: Places<i64>,
    pub companies: Places<String>,
    /// Of each account, the place of the person's own.
    pub person: Vec<u32>,
    pub who: Vec<Who>,
    /// Of each person, whether they are not to be named.
    pub unnamed: Vec<bool>,
    /// Of each person, where they worked when.
    jobs: Vec<Vec<Job>>,
    /// Of each repository, the place of the one that it stands for.
    pub home: Vec<u32>,
}

/// Whether an account counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// GitHub's word for an account that is gone, with the number 0.
    Nobody,
    Bot,
    Human,
}

/// Somebody's time at a company.
#[derive(Clone, Copy, Debug)]
struct Job {
    company: u32,
    first: NaiveDate,
    end: NaiveDate,
}

impl Names {
    /// How often an account did something in a repository.
    pub fn row(&mut self, account: i64, repo: i64, n: u32) -> Row {
        Row { account: self.accounts.place(account), repo: self.repos.place(repo), n }
    }

    fn knows(&self, fact: &EdgeRow) -> bool {
        self.accounts.find(&fact.actor_id).is_some() && self.repos.find(&fact.repo_id).is_some()
    }

    /// Where a person worked on a day.
    pub fn company(&self, person: u32, day: NaiveDate) -> Option<u32> {
        let on = |job: &&Job| job.first <= day && day < job.end;
        self.jobs[person as usize].iter().find(on).map(|job| job.company)
    }

    /// Asks whose accounts and which repositories the new places are.
    async fn describe(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        // A person's own account may be one that did nothing itself.
        while self.person.len() < self.accounts.all.len() {
            let new = self.accounts.all[self.person.len()..].to_vec();
            self.person.extend((self.person.len()..self.accounts.all.len()).map(place));
            self.who.resize(self.accounts.all.len(), Who::Nobody);
            for row in store::accounts(db, &new).await? {
                let account = self.accounts.place(row.actor_id) as usize;
                self.person[account] = self.accounts.place(row.person_id);
                self.who[account] = if row.bot { Who::Bot } else { Who::Human };
            }
        }
        if self.jobs.len() < self.accounts.all.len() {
            let new = self.accounts.all[self.jobs.len()..].to_vec();
            self.jobs.resize_with(self.accounts.all.len(), Vec::new);
            for row in store::jobs(db, &new).await? {
                let first = row.first.unwrap_or(NaiveDate::MIN);
                let company = self.companies.place(row.company);
                let job = Job { company, first, end: row.end.unwrap_or(NaiveDate::MAX) };
                self.jobs[self.accounts.place(row.actor_id) as usize].push(job);
            }
            self.unnamed = vec![false; self.accounts.all.len()];
            for person in store::opted_out(db).await? {
                if let Some(person) = self.accounts.find(&person) {
                    self.unnamed[person as usize] = true;
                }
            }
        }
        while self.home.len() < self.repos.all.len() {
            let new = self.repos.all[self.home.len()..].to_vec();
            self.home.extend((self.home.len()..self.repos.all.len()).map(place));
            for (stand_in, repo) in store::stands_for(db, &new).await? {
                let stand_in = self.repos.place(stand_in) as usize;
                self.home[stand_in] = self.repos.place(repo);
            }
        }
        Ok(())
    }

    /// Asks again about all of them.
    async fn describe_anew(&mut self, db: &mut PgConnection) -> sqlx::Result<()> {
        let Self { accounts, repos, companies, .. } = std::mem::take(self);
        *self = Self { accounts, repos, companies, ..Self::default() };
        self.describe(db).await
    }
}

/// Every value once, each with its place.
#[derive(Clone, Debug)]
pub(super) struct Places<T> {
    pub all: Vec<T>,
    by_value: HashMap<T, u32>,
}

impl<T> Default for Places<T> {
    fn default() -> Self {
        Self { all: Vec::new(), by_value: HashMap::new() }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Places<T> {
    /// Where it is; from now on, if it is new.
    fn place(&mut self, value: T) -> u32 {
        *self.by_value.entry(value).or_insert_with_key(|value| {
            self.all.push(value.clone());
            place(self.all.len() - 1)
        })
    }

    /// Where it is, if it was ever seen.
    pub fn find(&self, value: &T) -> Option<u32> {
        self.by_value.get(value).copied()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "GitHub has fewer accounts than 2^32")]
fn place(n: usize) -> u32 {
    n as u32
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;
    use crate::stats::rollup::{Moved, add_to_rollup, move_in_rollup};
    use crate::stats::{Filter, Metric, Page, PersonCount, Window, people};

    const PUSH: i16 = 1;

    /// What comes, what goes, what else is said, and who is there then.
    type Step<'a> = (&'a [Moved], &'a [Moved], &'static str, &'a [(&'a str, i64)]);

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn pushes(at: &str, actor_id: i64, n: i32) -> Moved {
        Moved { day: day(at), actor_id, repo_id: 1, kind: PUSH, n }
    }

    async fn ranked(reader: &mut Reader<'_>) -> Vec<(String, i64)> {
        let window = Window::parse("2016-01-01", "2016-02-01").unwrap();
        let people = people(reader, &Filter::new(window, Metric::contributions()), 1, Page::ALL).await.unwrap();
        people.into_iter().map(|PersonCount { login, contributions, .. }| (login, contributions)).collect()
    }

    async fn exec(db: &mut PgConnection, sql: &'static str) {
        sqlx::raw_sql(sql).execute(db).await.unwrap();
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn whatever_is_written_is_counted_by_the_next_question(pool: PgPool) {
        let (mut db, days) = (pool.acquire().await.unwrap(), Days::default());
        exec(&mut db, "insert into actor values (1, 1, 'ada', false), (2, 2, 'ada-work', false), (3, 3, 'eve', false)")
            .await;
        let steps: [Step<'_>; 6] = [
            (&[pushes("2016-01-02", 1, 2)], &[], "", &[("ada", 2)]),
            (&[pushes("2016-01-02", 1, 1), pushes("2016-01-09", 2, 1)], &[], "", &[("ada", 3), ("ada-work", 1)]),
            (
                &[pushes("2016-01-05", 3, 2)],
                &[pushes("2016-01-02", 1, 2)],
                "",
                &[("eve", 2), ("ada", 1), ("ada-work", 1)],
            ),
            (&[], &[], "update actor set person_id = 1 where actor_id = 2", &[("ada", 2), ("eve", 2)]),
            (&[], &[], "update actor set bot = true where actor_id = 3", &[("ada", 2)]),
            (&[], &[], "insert into opt_out values (1, now())", &[]),
        ];
        for (come, gone, sql, want) in steps {
            move_in_rollup(&mut db, gone, come).await.unwrap();
            exec(&mut db, sql).await;
            let want: Vec<_> = want.iter().map(|(login, n)| ((*login).to_owned(), *n)).collect();
            assert_eq!(ranked(&mut Reader::new(&mut db, &days)).await, want, "{sql}");
            assert_eq!(ranked(&mut Reader::alone(&mut db)).await, want, "{sql}");
        }
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn an_older_snapshot_spoils_nothing_for_younger_ones(pool: PgPool) {
        let days = Days::default();
        let mut db = pool.acquire().await.unwrap();
        exec(&mut db, "insert into actor values (1, 1, 'ada', false)").await;
        add_to_rollup(&mut db, &[pushes("2016-01-02", 1, 1), pushes("2016-03-01", 1, 1)]).await.unwrap();
        let mut old = crate::db::snapshot(&pool).await.unwrap();
        exec(&mut old, "select from actor").await;
        add_to_rollup(&mut db, &[pushes("2016-01-02", 1, 1)]).await.unwrap();
        // The young one looks at March alone, the old one then at January.
        let mut young = Reader::new(&mut db, &days);
        young.hold(day("2016-03-01")..day("2016-03-02"), &[]).await.unwrap();
        assert_eq!(ranked(&mut Reader::new(&mut old, &days)).await, [("ada".to_owned(), 1)]);
        assert_eq!(ranked(&mut Reader::new(&mut db, &days)).await, [("ada".to_owned(), 2)]);
    }

    #[test]
    fn one_snapshot_sees_what_another_sees_if_nothing_runs_there_that_ended_here() {
        let sees = |this: &str, other: &str| {
            let moment = |text: &str| Moment { text: text.to_owned(), at: DateTime::UNIX_EPOCH };
            moment(this).sees_all_of(&moment(other))
        };
        assert!(sees("10:12:10", "10:12:10"));
        assert!(sees("10:15:14", "10:12:10"));
        assert!(sees("10:15:10", "10:12:10"));
        assert!(!sees("10:15:11", "10:12:10"));
        assert!(!sees("10:12:10", "10:15:10"));
        assert!(sees("12:12:", "9:11:9"));
    }
}
