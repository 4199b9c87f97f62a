//! Who did how much: ranked people, totals, repositories, the facts behind one
//! person's number, and the counts a roll is made from. Whole UTC days come from
//! the roll-up and the rest from the facts; both give the same numbers.

use chrono::{DateTime, Duration, Utc};
use sqlx::PgConnection;

use super::{Filter, Kind, Page, StatsError, Window, filter, filter::Selection, store};

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
    db: &mut PgConnection,
    filter: &Filter,
    min: i64,
    page: Page,
) -> Result<Vec<PersonCount>, StatsError> {
    let selection = Selection::of(db, filter).await?;
    let last_day = (filter.window.to - Duration::microseconds(1)).date_naive();
    let rows = store::people(db, &selection, min, page, last_day).await?;
    Ok(rows.into_iter().map(store::PersonRow::into_count).collect())
}

/// How many people [`people`] has on all its pages.
pub async fn people_count(db: &mut PgConnection, filter: &Filter, min: i64) -> Result<i64, StatsError> {
    let selection = Selection::of(db, filter).await?;
    Ok(store::people_count(db, &selection, min).await?)
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
pub async fn totals(db: &mut PgConnection, filter: &Filter) -> Result<Totals, StatsError> {
    let selection = Selection::of(db, filter).await?;
    let by_kind = kinds(store::by_kind(db, &selection).await?);
    let distinct = store::distinct(db, &selection).await?;
    Ok(Totals {
        contributions: by_kind.iter().map(|(_, n)| n).sum(),
        people: distinct.people,
        repositories: distinct.repositories,
        companies: distinct.companies,
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
pub async fn repositories(db: &mut PgConnection, filter: &Filter, page: Page) -> Result<Vec<RepoCount>, StatsError> {
    let selection = Selection::of(db, filter).await?;
    Ok(store::repositories(db, &selection, page).await?)
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
    db: &mut PgConnection,
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
pub async fn counts_by_person(db: &mut PgConnection, rule: &CountRule) -> Result<Vec<PersonKinds>, StatsError> {
    let selection = rule.selection(db).await?;
    Ok(store::counts_by_person(db, &selection).await?)
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
