//! The daily roll-up in memory: what pages count. A process reads a day when it is first
//! asked for, and again when a transaction wrote it; so a sum is a walk over numbers that
//! lie side by side, and as current as the database. Twelve bytes a row of `activity_day`.

use std::collections::{BTreeMap, HashMap};
use std::ops::{Deref, DerefMut, Range};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use tokio::sync::Mutex;

use super::counted::Counted;
use super::filter::{Filter, Selection};
use super::store::{self, DayRow, EdgeRow};

/// So many rows are worth a thread.
const MUCH: usize = 100_000;

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

/// A connection, and the days that its process holds: what counts are asked of. What it
/// once counted it does not count again, so it is kept no longer than a page or a report.
#[derive(Debug)]
pub struct Reader<'c> {
    db: &'c mut PgConnection,
    days: Days,
    understood: Vec<(Filter, Selection)>,
    counted: Vec<(Selection, Arc<Counted>)>,
    /// What it saw first, and sees until it goes.
    view: Option<View>,
}

/// What one snapshot shows.
#[derive(Clone, Debug)]
struct View {
    moment: Moment,
    /// The days of which there is anything.
    days: Range<NaiveDate>,
    held: Arc<Held>,
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
        Self { db, days: days.clone(), understood: Vec::new(), counted: Vec::new(), view: None }
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

    /// What a filter selects, if somebody asked before.
    pub(super) fn understood(&self, filter: &Filter) -> Option<Selection> {
        self.understood.iter().find(|(of, _)| of == filter).map(|(_, selection)| selection.clone())
    }

    pub(super) fn understand(&mut self, filter: &Filter, selection: &Selection) {
        self.understood.push((filter.clone(), selection.clone()));
    }

    /// What was counted of a selection before.
    pub(super) fn counted(&self, selection: &Selection) -> Option<Arc<Counted>> {
        self.counted.iter().find(|(of, _)| of == selection).map(|(_, counted)| Arc::clone(counted))
    }

    pub(super) fn keep(&mut self, selection: &Selection, counted: Counted) -> Arc<Counted> {
        let counted = Arc::new(counted);
        self.counted.push((selection.clone(), Arc::clone(&counted)));
        counted
    }

    /// The companies that affiliations name, those with most people first.
    pub async fn companies(&mut self) -> sqlx::Result<Arc<[String]>> {
        Ok(Arc::clone(&self.hold(Range::default(), &[]).await?.companies))
    }

    /// These days and what these facts name, as of the connection's snapshot or, if
    /// somebody with a later one came first, as of that.
    pub(super) async fn hold(&mut self, wanted: Range<NaiveDate>, facts: &[EdgeRow]) -> sqlx::Result<Arc<Held>> {
        let days = self.days.clone();
        let mut shared = days.0.lock().await;
        let mut view = match self.view.take() {
            Some(view) if shared.seen.as_ref() == Some(&view.moment) => View { held: Arc::clone(&shared.held), ..view },
            Some(view) => view,
            None => self.look(&mut shared).await?,
        };
        // From an older snapshot than others have seen nothing is kept.
        let is_latest = shared.seen.as_ref() == Some(&view.moment);
        let held = &mut view.held;
        // Stretches of days, because a few ranges are found faster than many days.
        let wanted = wanted.start.max(view.days.start)..wanted.end.min(view.days.end);
        for days in
            held.missing(wanted).chunk_by(|day, next| day.succ_opt() == Some(*next)).flat_map(|d| d.chunks(AT_ONCE))
        {
            let (Some(first), Some(last)) = (days.first(), days.last()) else { continue };
            let rows = store::days(self.db, *first, *last).await?;
            let new = Arc::make_mut(held);
            new.take_in(days, rows);
            Arc::make_mut(&mut new.names).describe(self.db).await?;
            if is_latest {
                shared.held = Arc::clone(held);
            }
        }
        if !facts.iter().all(|fact| held.names.knows(fact)) {
            let names = Arc::make_mut(&mut Arc::make_mut(held).names);
            for fact in facts {
                names.row(fact.actor_id, fact.repo_id, 1);
            }
            names.describe(self.db).await?;
            if is_latest {
                shared.held = Arc::clone(held);
            }
        }
        Ok(Arc::clone(&self.view.insert(view).held))
    }

    /// What others hold, without what was written since.
    async fn look(&mut self, shared: &mut Shared) -> sqlx::Result<View> {
        let seen = shared.seen.as_ref();
        let changes = store::changes_since(self.db, seen.map(|it| &*it.text), seen.map(|it| it.at)).await?;
        let moment = Moment { text: changes.now, at: changes.at };
        let is_latest = seen.is_none_or(|seen| moment.sees_all_of(seen));
        let is_new = seen.is_none() || changes.is_late;
        let mut held = if is_new { Arc::default() } else { Arc::clone(&shared.held) };
        if !changes.days.is_empty() {
            Arc::make_mut(&mut held).days.retain(|day, _| !changes.days.contains(day));
        }
        if is_new || changes.people {
            let anew = Arc::make_mut(&mut held);
            anew.companies = store::companies(self.db).await?.into();
            Arc::make_mut(&mut anew.names).describe_anew(self.db).await?;
        }
        if is_latest {
            *shared = Shared { seen: Some(moment.clone()), held: Arc::clone(&held) };
        }
        let days = changes.first.zip(changes.last).map(|(first, last)| first..last.succ_opt().unwrap_or(last));
        Ok(View { moment, days: days.unwrap_or_default(), held })
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
    companies: Arc<[String]>,
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
    fn missing(&self, days: Range<NaiveDate>) -> Vec<NaiveDate> {
        let days = days.start.iter_days().take_while(move |day| *day < days.end);
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

    /// The day before which lies half of what these days have, if it is much.
    pub fn middle(&self, days: &Range<NaiveDate>) -> Option<NaiveDate> {
        let rows = || self.days.range(days.clone()).map(|(date, day)| (*date, day.rows.len()));
        let half = (!days.is_empty()).then(|| rows().map(|(_, n)| n).sum::<usize>() / 2).filter(|half| *half > MUCH)?;
        let mut so_far = 0;
        let reached = |(_, n): &(NaiveDate, usize)| {
            so_far += n;
            so_far >= half
        };
        rows().find(reached).map(|(date, _)| date)
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
    /// Where people worked when.
    jobs: Vec<Job>,
    /// How many accounts were asked about.
    asked: usize,
    /// Accounts as they come to jobs and leave them, in the order of time.
    pub moves: Vec<Move>,
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
    person: u32,
    company: u32,
    first: NaiveDate,
    end: NaiveDate,
}

/// From a day on an account is its person's in this job.
#[derive(Clone, Copy, Debug)]
pub(super) struct Move {
    pub day: NaiveDate,
    pub account: u32,
    pub job: u32,
}

impl Names {
    /// How often an account did something in a repository.
    pub fn row(&mut self, account: i64, repo: i64, n: u32) -> Row {
        Row { account: self.accounts.place(account), repo: self.repos.place(repo), n }
    }

    fn knows(&self, fact: &EdgeRow) -> bool {
        self.accounts.find(&fact.actor_id).is_some() && self.repos.find(&fact.repo_id).is_some()
    }

    /// How many jobs there are. To have none is one, too, of the number of the person.
    pub fn jobs(&self) -> usize {
        self.accounts.all.len() + self.jobs.len()
    }

    /// The companies of those who worked anywhere on a day.
    pub fn jobs_on(&self, day: NaiveDate) -> HashMap<u32, u32> {
        let jobs = self.jobs.iter().filter(|job| job.first <= day && day < job.end);
        jobs.map(|job| (job.person, job.company)).collect()
    }

    /// Whose job it is.
    pub fn person_at(&self, job: u32) -> u32 {
        self.job(job).map_or(job, |job| job.person)
    }

    /// Where it is.
    pub fn company(&self, job: u32) -> Option<u32> {
        self.job(job).map(|job| job.company)
    }

    fn job(&self, job: u32) -> Option<&Job> {
        (job as usize).checked_sub(self.accounts.all.len()).map(|at| &self.jobs[at])
    }

    /// Tells when who comes to which job and leaves it.
    fn line_up(&mut self) {
        let mut accounts: Vec<Vec<u32>> = vec![Vec::new(); self.accounts.all.len()];
        for (account, person) in (0..).zip(&self.person) {
            accounts[*person as usize].push(account);
        }
        let jobs = (self.accounts.all.len()..).map(place).zip(&self.jobs);
        let moves = jobs.flat_map(|(number, job)| {
            // Having none: the number of the person.
            let no_job = job.person;
            let each = move |account: &u32| {
                let at = |day, job| Move { day, account: *account, job };
                [at(job.first, number), at(job.end, no_job)]
            };
            accounts[job.person as usize].iter().flat_map(each)
        });
        let mut moves: Vec<Move> = moves.collect();
        // Who leaves a job and comes to another on one day is at the other.
        moves.sort_by_key(|it| (it.day, self.company(it.job).is_some()));
        self.moves = moves;
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
        if self.asked < self.accounts.all.len() {
            let new = self.accounts.all[self.asked..].to_vec();
            self.asked = self.accounts.all.len();
            for row in store::jobs(db, &new).await? {
                let (person, company) = (self.accounts.place(row.actor_id), self.companies.place(row.company));
                let (first, end) = (row.first.unwrap_or(NaiveDate::MIN), row.end.unwrap_or(NaiveDate::MAX));
                self.jobs.push(Job { person, company, first, end });
            }
            self.line_up();
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
