//! Who did how much: ranked people, totals, repositories, the facts behind one
//! person's number, and the counts a roll is made from. Whole UTC days come from
//! the roll-up and the rest from the facts; both give the same numbers.

use chrono::{DateTime, Duration, Utc};
use sqlx::PgConnection;

use super::counted::{Counted, Ranked};
use super::shares::is_company;
use super::{Filter, Kind, Page, Reader, StatsError, Window, filter, filter::Selection, store};

/// One row of the ranking: one person over all of their accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonCount {
    /// From 1; equal counts share a rank.
    pub rank: i64,
    pub person_id: i64,
    pub login: String,
    pub bot: bool,
    /// On the last day of the window.
    pub company: Option<String>,
    pub contributions: i64,
    /// Only kinds that were seen, in the order of their numbers.
    pub kinds: Vec<(Kind, i64)>,
}

/// Ranks the people with at least `min`, most first, equal ones by login.
pub async fn people(
    db: &mut Reader<'_>,
    filter: &Filter,
    min: i64,
    page: Page,
) -> Result<Vec<PersonCount>, StatsError> {
    let selection = Selection::of(db, filter).await?;
    let last_day = (filter.window.to - Duration::microseconds(1)).date_naive();
    let counted = Counted::of(db, &selection).await?;
    let ranked = counted.ask(move |counted| counted.named_people(min)).await?;
    let (tied, rows) = cut(&ranked, page);
    let ids = counted.people(tied.iter().map(|(person, _)| *person));
    let counts: Vec<i64> = tied.iter().map(|(_, n)| *n).collect();
    let rows = store::people_named(db, &ids, &counts, rows).await?;
    let shown: Vec<u32> = rows.iter().map(|row| tied[row.place()].0).collect();
    let companies = counted.companies_on(last_day, shown.iter().copied());
    let kinds_of = counted.ask(move |counted| counted.kinds_of(&shown)).await?;
    let rank = |n: i64| 1 + ranked.partition_point(|(_, other)| *other > n);
    let rows = rows.into_iter().zip(kinds_of).zip(companies).map(|((row, of), company)| PersonCount {
        rank: i64::try_from(rank(row.n)).unwrap_or(i64::MAX),
        person_id: row.person_id,
        login: row.login,
        bot: row.bot,
        company,
        contributions: row.n,
        kinds: kinds(of),
    });
    Ok(rows.collect())
}

/// How many people [`people`] has on all its pages.
pub async fn people_count(db: &mut Reader<'_>, filter: &Filter, min: i64) -> Result<i64, StatsError> {
    let selection = Selection::of(db, filter).await?;
    let ranked = Counted::of(db, &selection).await?.ask(move |counted| counted.named_people(min)).await?;
    Ok(i64::try_from(ranked.len()).unwrap_or(i64::MAX))
}

/// Those of a ranking among whom a page is, which are all that are tied with its first
/// or its last row; and which of them it shows, once they have names to be ordered by.
fn cut(ranked: &Ranked, page: Page) -> (&[(u32, i64)], Page) {
    let size = i64::try_from(ranked.len()).unwrap_or(i64::MAX);
    let (from, to) = (page.offset.clamp(0, size), page.offset.saturating_add(page.limit).clamp(0, size));
    let at = |place: i64| usize::try_from(place).unwrap_or_default();
    if from >= to {
        return (&[], Page { limit: 0, offset: 0 });
    }
    let (most, least) = (ranked[at(from)].1, ranked[at(to - 1)].1);
    let first = ranked.partition_point(|(_, n)| *n > most);
    let end = ranked.partition_point(|(_, n)| *n >= least);
    let offset = from - i64::try_from(first).unwrap_or_default();
    (&ranked[first..end], Page { limit: to - from, offset })
}

/// The sums of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totals {
    pub contributions: i64,
    pub people: i64,
    pub repositories: i64,
    /// Companies that these people worked for when they did it.
    pub companies: i64,
    /// Lines of the archive in the window, whatever the filter.
    pub events: i64,
    pub by_kind: Vec<(Kind, i64)>,
}

/// Adds a filter up.
pub async fn totals(db: &mut Reader<'_>, filter: &Filter) -> Result<Totals, StatsError> {
    let selection = Selection::of(db, filter).await?;
    let counted = Counted::of(db, &selection).await?;
    let sums = counted.ask(Counted::sums).await?;
    let by_kind = kinds(sums.kinds);
    let is_company = |place: &&u32| is_company(counted.company(**place));
    Ok(Totals {
        contributions: by_kind.iter().map(|(_, n)| n).sum(),
        people: sums.people,
        repositories: sums.repositories,
        companies: i64::try_from(sums.companies.iter().filter(is_company).count()).unwrap_or(i64::MAX),
        events: store::events(db, filter.window).await?,
        by_kind,
    })
}

/// Numbers of kinds as kinds; what this version does not know is left out.
pub(super) fn kinds(rows: impl IntoIterator<Item = (i16, i64)>) -> Vec<(Kind, i64)> {
    rows.into_iter().filter_map(|(kind, n)| Some((Kind::by_number(kind)?, n))).collect()
}

/// One row of the repositories of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepoCount {
    pub repo_id: i64,
    pub name: String,
    pub contributions: i64,
    pub people: i64,
}

/// Lists repositories, busiest first, equal ones by name.
pub async fn repositories(db: &mut Reader<'_>, filter: &Filter, page: Page) -> Result<Vec<RepoCount>, StatsError> {
    let selection = Selection::of(db, filter).await?;
    let counted = Counted::of(db, &selection).await?;
    let ranked = counted.ask(Counted::by_repository).await?;
    let (tied, rows) = cut(&ranked, page);
    let ids = counted.repositories(tied.iter().map(|(repo, _)| *repo));
    let counts: Vec<i64> = tied.iter().map(|(_, n)| *n).collect();
    let rows = store::repositories_named(db, &ids, &counts, rows).await?;
    let shown: Vec<u32> = rows.iter().map(|row| tied[row.place()].0).collect();
    let people = counted.ask(move |counted| counted.people_in(&shown)).await?;
    let count = |(row, people): (store::RepoRow, i64)| RepoCount {
        repo_id: row.repo_id,
        name: row.name,
        contributions: row.n,
        people,
    };
    Ok(rows.into_iter().zip(people).map(count).collect())
}

/// One fact behind a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactRow {
    pub kind: Kind,
    pub at: DateTime<Utc>,
    pub repo: String,
    pub number: Option<i32>,
    /// Where to see it on GitHub, as near as GitHub has an address for it.
    pub url: String,
    pub login: String,
}

/// Lists the facts behind a person's number under the same filter, newest first.
pub async fn facts(
    db: &mut Reader<'_>,
    person_id: i64,
    filter: &Filter,
    page: Page,
) -> Result<Vec<FactRow>, StatsError> {
    let selection = Selection::of(db, filter).await?;
    let rows = store::facts(db, person_id, filter.window, &selection, page).await?;
    Ok(rows.into_iter().filter_map(store::RawFact::into_row).collect())
}

/// Where to see a fact on GitHub. Pushes, branches and stars have no page of
/// their own; the nearest one is given.
pub(super) fn url(kind: Kind, repo: &str, number: Option<i32>, key: i64, login: &str) -> String {
    let base = format!("https://github.com/{repo}");
    match (kind, number) {
        (Kind::IssueComment | Kind::PrComment, Some(n)) => format!("{base}/issues/{n}#issuecomment-{key}"),
        (Kind::Review, Some(n)) => format!("{base}/pull/{n}#pullrequestreview-{key}"),
        (Kind::ReviewComment, Some(n)) => format!("{base}/pull/{n}#discussion_r{key}"),
        (Kind::PrOpened | Kind::PrClosed | Kind::PrReopened | Kind::PrOther | Kind::PrMerged, Some(n)) => {
            format!("{base}/pull/{n}")
        }
        (_, Some(n)) => format!("{base}/issues/{n}"),
        (Kind::CommitComment, None) => format!("https://api.github.com/repos/{repo}/comments/{key}"),
        (Kind::Push | Kind::Create | Kind::Delete, None) => format!("{base}/activity?actor={login}"),
        (Kind::Release, None) => format!("{base}/releases"),
        (Kind::WikiEdit, None) => format!("{base}/wiki"),
        (Kind::Star, None) => format!("{base}/stargazers"),
        (Kind::Fork, None) => format!("{base}/forks"),
        _ => base,
    }
}

/// Which facts count for a roll.
#[derive(Clone, Debug)]
pub struct CountRule {
    pub window: Window,
    /// What counts and how much; the weights are the caller's to apply.
    pub kinds: Vec<(Kind, i32)>,
    pub orgs: Vec<String>,
    pub repos: Vec<String>,
    /// Any of these groups.
    pub groups: Vec<String>,
    pub bots_out: bool,
}

/// What one person did under a rule, over all of their accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonKinds {
    pub person_id: i64,
    pub login: String,
    pub bot: bool,
    pub kinds: Vec<(Kind, i64)>,
}

/// Counts everybody who did anything under a rule, in the order of their ids.
pub async fn counts_by_person(db: &mut Reader<'_>, rule: &CountRule) -> Result<Vec<PersonKinds>, StatsError> {
    let selection = rule.selection(db).await?;
    let counted = Counted::of(db, &selection).await?;
    let (people, of) = counted
        .ask(|counted| {
            let people: Vec<u32> = counted.by_person().iter().map(|(person, _)| *person).collect();
            let kinds = counted.kinds_of(&people);
            (people, kinds)
        })
        .await?;
    let ids = counted.people(people);
    let rows = store::people_named(db, &ids, &vec![0; ids.len()], Page::ALL).await?;
    let mut counts: Vec<_> = rows
        .into_iter()
        .map(|row| PersonKinds {
            kinds: kinds(of[row.place()].iter().copied()),
            person_id: row.person_id,
            login: row.login,
            bot: row.bot,
        })
        .collect();
    counts.sort_unstable_by_key(|count| count.person_id);
    Ok(counts)
}

/// The natural key of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FactKey {
    pub kind: i16,
    pub key_a: i64,
    pub key_b: i64,
}

/// The keys of the facts that a rule counts, sorted: what a roll lock is hashed
/// over. 24 bytes each in memory.
pub async fn fact_keys(db: &mut PgConnection, rule: &CountRule) -> Result<Vec<FactKey>, StatsError> {
    let selection = rule.selection(db).await?;
    Ok(store::fact_keys(db, rule.window, &selection).await?)
}

impl CountRule {
    async fn selection(&self, db: &mut PgConnection) -> Result<Selection, StatsError> {
        let kinds: Vec<Kind> = self.kinds.iter().map(|(kind, _)| *kind).collect();
        let mut selection = Selection::plain(self.window, &kinds);
        selection.repos = filter::repositories(db, &self.orgs, &self.repos, &self.groups).await?;
        selection.bots = !self.bots_out;
        Ok(selection)
    }
}
