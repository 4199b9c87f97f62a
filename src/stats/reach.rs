//! How far each kind is known. Hours of the archive tell of every repository at once,
//! but not of every kind; lists of GitHub's API and copies of git repositories tell of
//! some kinds of one repository, up to the instant at which they were read.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Duration, TimeZone, Utc};
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::{
    Kind, Subject, Window,
    coverage::listed,
    store,
    window::{hour_of, short},
};

/// Everything of some kinds that a source has told of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub repo_id: i64,
    pub repository: String,
    /// A list of the API (`issues`, `reviews`, …), or `git`.
    pub list: String,
    /// Nothing older was asked for; `None` is everything.
    pub from: Option<DateTime<Utc>>,
    pub to: DateTime<Utc>,
}

/// A kind of which some repositories are not known in hours that the archive does tell of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    pub kind: Kind,
    /// When.
    pub hours: Vec<Window>,
    /// How many repositories, of how many.
    pub repositories: i64,
    pub of: i64,
    /// Some of them, by name, if it is not all.
    pub names: Vec<String>,
}

/// So many repositories are named.
const NAMED: i64 = 20;

/// What nobody has told, as cells: a repository, an hour, and a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cells {
    /// Those of one hour.
    pub an_hour: i64,
    /// How many of them are not known, and from when to when; in order.
    pub unknown: Vec<(Window, i64)>,
}

/// The lists, each with its name for people and the kinds it tells of. Git does not say
/// which pull requests were merged: a merge may leave no commit of its own.
pub const LISTS: &[(&str, &str, &[Kind])] = &[
    ("issues", "Opened, merged", &[Kind::IssueOpened, Kind::PrOpened, Kind::PrMerged]),
    ("issue_events", "Closed, reopened", Kind::AGAIN),
    ("issue_comments", "Comments", &[Kind::IssueComment, Kind::PrComment]),
    ("reviews", "Reviews", &[Kind::Review]),
    ("review_comments", "Review comments", &[Kind::ReviewComment]),
    ("commit_comments", "Commit comments", &[Kind::CommitComment]),
    ("releases", "Releases", &[Kind::Release]),
    ("commits", "Commits", COMMITS),
    ("git", "Commits, by git", COMMITS),
];

const COMMITS: &[Kind] = &[Kind::Commit, Kind::CommitCommitted, Kind::CommitCoAuthored];

/// When the archive does not tell of a kind. Commits it never does, as whoever pushes
/// has not made them; reviews began in September 2016, and were not in it before 2020
/// (gharchive.org, issue 197), and from 2021 on for certain; since October 2025 merged
/// pull requests lack their author.
fn silence(kind: Kind) -> Option<Window> {
    let day = |year, month, day| Utc.with_ymd_and_hms(year, month, day, 0, 0, 0).single();
    let (from, to) = match kind {
        kind if COMMITS.contains(&kind) => (Some(DateTime::UNIX_EPOCH), None),
        Kind::Review => (day(2016, 9, 14), day(2021, 1, 1)),
        Kind::PrMerged => (day(2025, 10, 7), None),
        _ => return None,
    };
    Some(Window { from: from?, to: to.unwrap_or(DateTime::<Utc>::MAX_UTC) })
}

/// What was told of the repositories of a subject, beside the archive, by repository.
pub async fn told(db: &mut PgConnection, subject: &Subject) -> sqlx::Result<Vec<Told>> {
    let scopes = store::scopes(db).await?;
    let mut told = store::told(db, &subject.owners_and_repositories(&scopes)).await?;
    told.retain(|told| LISTS.iter().any(|(list, ..)| *list == told.list));
    Ok(told)
}

/// A row for each repository, a cell for each of [`LISTS`]: until when it was read, and
/// from when if not from the beginning.
pub fn by_repository(told: &[Told]) -> Vec<(&str, Vec<String>)> {
    let cell = |of: &[Told], list: &str| {
        let latest = of.iter().filter(|told| told.list == list).max_by_key(|told| told.to)?;
        let from = latest.from.map(|from| format!("{} to ", short(from))).unwrap_or_default();
        Some(format!("{from}{}", latest.to.format("%Y-%m-%d %H:%M")))
    };
    let row = |of: &[Told]| LISTS.iter().map(|(list, ..)| cell(of, list).unwrap_or_else(|| "–".into())).collect();
    let repositories = told.chunk_by(|a, b| a.repo_id == b.repo_id);
    repositories.filter_map(|of| Some((&*of.first()?.repository, row(of)))).collect()
}

/// Looks up what nobody has told of a subject: of all hours of `begun` that the
/// archive lacks, and of those in which it is silent about a kind.
pub(super) async fn unknown(
    db: &mut PgConnection,
    subject: &Subject,
    begun: Window,
    missing: &[Window],
) -> sqlx::Result<(Cells, Vec<Unread>)> {
    let missing = Spans::of(missing.iter().copied());
    let silent = |kind: Kind| Spans::of(silence(kind)).within(begun).without(&missing);
    let kinds: Vec<(Kind, Spans)> = subject.kinds().iter().map(|kind| (*kind, silent(*kind))).collect();
    if missing.is_empty() && kinds.iter().all(|(_, silent)| silent.is_empty()) {
        return Ok((Cells { an_hour: 1, unknown: Vec::new() }, Vec::new()));
    }
    let scopes = store::scopes(db).await?;
    let names = subject.owners_and_repositories(&scopes);
    let known = Known::of(&store::told(db, &names).await?);
    // Of how many only matters if some are told of and others are not.
    let of = if known.0.is_empty() { 1 } else { store::repositories_of(db, &names).await?.max(1) };
    let (mut steps, mut unread) = (Steps::default(), Vec::new());
    for (kind, silent) in kinds {
        let told = known.0.get(&kind);
        let others = of - told.map_or(0, |told| i64::try_from(told.len()).unwrap_or(of)).min(of);
        let spans = || told.into_iter().flatten();
        for gap in [&missing, &silent] {
            steps.add(gap, others);
            spans().for_each(|(_, known)| steps.add(&gap.without(known), 1));
        }
        let part: Vec<(i64, Spans)> = spans().map(|(repo, known)| (*repo, silent.without(known))).collect();
        let lacking = part.iter().filter(|(_, hours)| !hours.is_empty());
        let repositories = others + i64::try_from(lacking.count()).unwrap_or(0);
        if silent.is_empty() || repositories == 0 {
            continue;
        }
        let whole: HashSet<i64> = part.iter().filter(|(_, hours)| hours.is_empty()).map(|(repo, _)| *repo).collect();
        let hours = if others > 0 { silent } else { Spans::of(part.into_iter().flat_map(|(_, hours)| hours.0)) };
        let names = if whole.is_empty() {
            Vec::new()
        } else {
            store::repositories_but(db, &names, &Vec::from_iter(whole), NAMED).await?
        };
        unread.push(Unread { kind, hours: hours.0, repositories, of, names });
    }
    let an_hour = of * i64::try_from(subject.kinds().len()).unwrap_or(1).max(1);
    Ok((Cells { an_hour, unknown: steps.levels() }, unread))
}

/// What is known of each kind, by repository.
struct Known(HashMap<Kind, HashMap<i64, Spans>>);

impl Known {
    fn of(told: &[Told]) -> Self {
        let mut windows: HashMap<(Kind, i64), Vec<Window>> = HashMap::new();
        for told in told {
            let Some(window) = told.hours() else { continue };
            let kinds = LISTS.iter().filter(|(list, ..)| *list == told.list).flat_map(|(_, _, kinds)| *kinds);
            for kind in kinds {
                windows.entry((*kind, told.repo_id)).or_default().push(window);
            }
        }
        let mut all: HashMap<Kind, HashMap<i64, Spans>> = HashMap::new();
        for ((kind, repo), windows) in windows {
            all.entry(kind).or_default().insert(repo, Spans::of(windows));
        }
        Self(all)
    }
}

impl Told {
    /// The same for programs.
    pub fn json(&self) -> Value {
        json!({"repository": self.repository, "list": self.list, "from": self.from, "to": self.to})
    }

    /// The hours of it that are whole.
    fn hours(&self) -> Option<Window> {
        let from = self.from.unwrap_or(DateTime::UNIX_EPOCH);
        let first = hour_of(from) + if hour_of(from) == from { Duration::zero() } else { Duration::hours(1) };
        Window::new(first, hour_of(self.to)).ok()
    }
}

impl Cells {
    /// How many hours' worth is known of a part, rounded down.
    pub fn done(&self, part: Window) -> i64 {
        let overlap = |window: &Window| (window.to.min(part.to) - window.from.max(part.from)).num_hours().max(0);
        let first = self.unknown.partition_point(|(window, _)| window.to <= part.from);
        let inside = self.unknown[first..].iter().take_while(|(window, _)| window.from < part.to);
        let unknown: i64 = inside.map(|(window, cells)| overlap(window) * cells).sum();
        (part.hours() * self.an_hour - unknown) / self.an_hour.max(1)
    }

    /// What of some windows lacks anything.
    pub fn lacking_in(&self, windows: &[Window]) -> Vec<Window> {
        let lacking = Spans::of(self.unknown.iter().map(|(window, _)| *window));
        let windows = Spans::of(windows.iter().copied());
        windows.without(&windows.without(&lacking)).0
    }
}

impl Unread {
    /// The same for programs.
    pub fn json(&self) -> Value {
        let hours = self.hours.iter().map(|window| json!({"from": window.from, "to": window.to}));
        json!({
            "kind": self.kind.name(), "hours": hours.collect::<Vec<_>>(),
            "repositories": self.repositories, "of": self.of, "names": self.names,
        })
    }
}

impl std::fmt::Display for Unread {
    /// "commits", "commits in acme/anvil", "reviews in 4 of 5 repositories".
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind.label())?;
        if self.repositories == self.of {
            return Ok(());
        }
        match &*self.names {
            names if names.len() <= 3 && i64::try_from(names.len()) == Ok(self.repositories) => {
                write!(f, " in {}", listed(names, String::clone))
            }
            _ => write!(f, " in {} of {} repositories", self.repositories, self.of),
        }
    }
}

/// How many cells are unknown, as changes at instants.
#[derive(Default)]
struct Steps(BTreeMap<DateTime<Utc>, i64>);

impl Steps {
    fn add(&mut self, spans: &Spans, cells: i64) {
        for window in spans.0.iter().filter(|_| cells > 0) {
            *self.0.entry(window.from).or_default() += cells;
            *self.0.entry(window.to).or_default() -= cells;
        }
    }

    fn levels(self) -> Vec<(Window, i64)> {
        let mut level = 0;
        let steps: Vec<_> = self.0.into_iter().collect();
        let window = |pair: &[(DateTime<Utc>, i64)]| {
            level += pair[0].1;
            (Window { from: pair[0].0, to: pair[1].0 }, level)
        };
        steps.windows(2).map(window).filter(|(_, cells)| *cells > 0).collect()
    }
}

/// Stretches of time, in order and apart from each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Spans(Vec<Window>);

impl Spans {
    fn of(windows: impl IntoIterator<Item = Window>) -> Self {
        let mut all: Vec<Window> = windows.into_iter().filter(|window| window.from < window.to).collect();
        all.sort_unstable_by_key(|window| window.from);
        let mut spans: Vec<Window> = Vec::new();
        for window in all {
            match spans.last_mut().filter(|last| window.from <= last.to) {
                Some(last) => last.to = last.to.max(window.to),
                None => spans.push(window),
            }
        }
        Self(spans)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What of it lies in a window.
    fn within(&self, window: Window) -> Self {
        Self::of(self.0.iter().map(|w| Window { from: w.from.max(window.from), to: w.to.min(window.to) }))
    }

    /// What is in it and not in the other.
    fn without(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        for window in &self.0 {
            let mut from = window.from;
            for cut in other.0.iter().filter(|cut| cut.to > window.from && cut.from < window.to) {
                left.push(Window { from, to: cut.from });
                from = cut.to;
            }
            left.push(Window { from, to: window.to });
        }
        Self::of(left)
    }
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;
    use crate::stats::{Coverage, coverage_of, parse_instant};

    fn spans(all: &[(&str, &str)]) -> Spans {
        Spans::of(all.iter().map(|(from, to)| Window::parse(from, to).unwrap()))
    }

    #[test]
    fn spans_are_joined_and_cut() {
        let all = spans(&[("2016-01-03", "2016-01-05"), ("2016-01-01", "2016-01-03"), ("2016-01-07", "2016-01-09")]);
        assert_eq!(all, spans(&[("2016-01-01", "2016-01-05"), ("2016-01-07", "2016-01-09")]));
        let cut = spans(&[("2016-01-02", "2016-01-03"), ("2016-01-04", "2016-01-08"), ("2016-01-20", "2016-01-21")]);
        let left = [("2016-01-01", "2016-01-02"), ("2016-01-03", "2016-01-04"), ("2016-01-08", "2016-01-09")];
        assert_eq!(all.without(&cut), spans(&left));
        assert_eq!(all.without(&Spans::default()), all);
        assert!(all.without(&spans(&[("2015-01-01", "2017-01-01")])).is_empty());
    }

    #[test]
    fn cells_that_are_not_known_are_added_up() {
        let mut steps = Steps::default();
        steps.add(&spans(&[("2016-01-01T00", "2016-01-01T04")]), 2);
        steps.add(&spans(&[("2016-01-01T03", "2016-01-01T06")]), 1);
        steps.add(&spans(&[("2016-01-01T20", "2016-01-01T21")]), 0);
        let cells = Cells { an_hour: 3, unknown: steps.levels() };
        let done = |from: &str, to: &str| cells.done(Window::parse(from, to).unwrap());
        assert_eq!(cells.unknown.iter().map(|(_, n)| *n).collect::<Vec<_>>(), [2, 3, 1]);
        // 24 hours of 3, without 3 of 2, 1 of 3 and 2 of 1: 61 of 72.
        assert_eq!(done("2016-01-01", "2016-01-02"), 20);
        assert_eq!((done("2016-01-01T03", "2016-01-01T04"), done("2016-01-01T06", "2016-01-01T09")), (0, 3));
    }

    /// Two repositories, and two days of the archive, the hour 05:00 of the first missing.
    async fn two_days(pool: &PgPool) {
        for statement in [
            "insert into repo values (10, 'acme/anvil', null), (11, 'Acme/forge', null), (12, 'other/else', null)",
            "insert into archive_day (day, scope, lines)
             values ('2025-10-06', 'org:acme', array_fill(9, '{5}') || array[null::integer] || array_fill(9, '{18}')),
                    ('2025-10-07', 'org:acme', array_fill(9, '{24}'))",
        ] {
            sqlx::query(statement).execute(pool).await.unwrap();
        }
    }

    async fn of(pool: &PgPool, kinds: &[Kind]) -> Coverage {
        let window = Window::parse("2025-10-06", "2025-10-08").unwrap();
        let subject = Subject::new(&["acme".into()], &[]).counting(kinds);
        let now = parse_instant("2025-11-01").unwrap();
        coverage_of(&mut pool.acquire().await.unwrap(), &subject, window, now).await.unwrap()
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn what_the_archive_is_silent_about_is_known_once_another_source_has_told(pool: PgPool) {
        two_days(&pool).await;
        let none = of(&pool, &[Kind::Commit]).await;
        assert_eq!((none.done, none.expected), (0, 48));
        assert_eq!(none.sentence(), "0 of 48 hours; missing 2025-10-06 05:00; without commits");
        let opened = of(&pool, &[Kind::IssueOpened]).await;
        assert_eq!(
            (opened.sentence().as_str(), opened.is_complete()),
            ("47 of 48 hours; missing 2025-10-06 05:00", false)
        );
        // Merged pull requests since 7 October: one of two repositories.
        sqlx::query(
            "insert into api_cursor (repo_id, org_id, stream, address, whole_at, read_at)
             values (10, 0, 'issues', '', '2025-10-09Z', now()), (12, 0, 'issues', '', '2025-10-09Z', now())",
        )
        .execute(&pool)
        .await
        .unwrap();
        let merged = of(&pool, &[Kind::PrMerged]).await;
        assert_eq!(
            merged.sentence(),
            "35 of 48 hours; missing 2025-10-06 05:00; without pull requests merged in Acme/forge"
        );
        assert_eq!(merged.unread[0].hours, [Window::parse("2025-10-07", "2025-10-08").unwrap()]);
        // Half of the missing hour is known, which is no whole one.
        assert_eq!(of(&pool, &[Kind::IssueOpened]).await.done, 47);
        sqlx::query(
            "insert into api_cursor (repo_id, org_id, stream, address, floor, whole_at, read_at)
             values (11, 0, 'issues', '', '2025-10-01Z', '2025-10-08Z', now())",
        )
        .execute(&pool)
        .await
        .unwrap();
        for kind in [Kind::IssueOpened, Kind::PrMerged] {
            let whole = of(&pool, &[kind]).await;
            assert_eq!((whole.sentence().as_str(), whole.is_complete()), ("48 of 48 hours", true));
        }
        assert_eq!(
            of(&pool, &[Kind::IssueOpened, Kind::Push]).await.sentence(),
            "47 of 48 hours; missing 2025-10-06 05:00"
        );
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_copy_of_git_is_whole_as_far_as_it_goes(pool: PgPool) {
        two_days(&pool).await;
        let reading = |repo: i64, shallow: bool, whole_at: &str| {
            format!(
                "insert into git_reading (repo_id, digest, tips, commits, merges, bad_commits, shallow, whole_at, reader, read_at)
                 values ({repo}, sha256('{repo}{whole_at}'), 1, 1, 0, 0, {shallow}, '{whole_at}', 2, now())"
            )
        };
        for statement in [
            reading(11, false, "2025-10-07T12:30Z"),
            reading(11, false, "2025-10-06T12:30Z"),
            reading(10, true, "2025-10-09Z"),
        ] {
            sqlx::query(&*statement.leak()).execute(&pool).await.unwrap();
        }
        let half = of(&pool, &[Kind::Commit]).await;
        // 36 of 48 hours of one of two.
        assert_eq!(half.sentence(), "18 of 48 hours; missing 2025-10-06 05:00; without commits");
        assert_eq!((half.unread[0].repositories, half.unread[0].of), (2, 2));
        let parts: Vec<_> = half.by(crate::stats::Period::Day).iter().map(|part| (part.done, part.missing)).collect();
        assert_eq!(parts, [(12, 1), (6, 0)]);
        let subject = Subject::new(&[], &["acme/FORGE".into()]);
        let told = told(&mut pool.acquire().await.unwrap(), &subject).await.unwrap();
        let rows = by_repository(&told);
        assert_eq!((rows.len(), rows[0].0, &*rows[0].1[8]), (1, "Acme/forge", "2025-10-07 12:30"));
    }
}
