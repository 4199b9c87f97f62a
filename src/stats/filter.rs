//! What to count: a window, a metric, and names that people typed. Names are
//! resolved to numeric ids here, in any case and against the name history, so
//! that a renamed repository is still found under both names.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use crate::people;

use super::{Coverage, Kind, Metric, Reader, Subject, Window, coverage_of, store};

/// What a page, an export or a command asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    pub window: Window,
    pub metric: &'static Metric,
    /// Organisations; a repository of any of them counts.
    pub orgs: Vec<String>,
    /// Repositories as owner/name, counted beside the organisations'.
    pub repos: Vec<String>,
    /// Of those, only the ones in this group.
    pub group: Option<String>,
    /// Only while the person worked there.
    pub company: Option<String>,
    /// Whether bots count.
    pub bots: bool,
    /// Only what this person did, by any of their accounts.
    pub person: Option<i64>,
}

impl Filter {
    /// Everything in a window, without bots.
    pub fn new(window: Window, metric: &'static Metric) -> Self {
        let (orgs, repos) = (Vec::new(), Vec::new());
        Self { window, metric, orgs, repos, group: None, company: None, bots: false, person: None }
    }

    /// How much is there of what it asks for.
    pub async fn coverage(&self, db: &mut PgConnection, now: DateTime<Utc>) -> sqlx::Result<Coverage> {
        coverage_of(db, &self.subject(), self.window, now).await
    }

    /// What has to be there for it.
    pub fn subject(&self) -> Subject {
        Subject::new(&self.orgs, &self.repos).counting(self.metric.kinds())
    }
}

/// Which rows of a long list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    pub limit: i64,
    pub offset: i64,
}

impl Page {
    /// All of it.
    pub const ALL: Self = Self { limit: i64::MAX, offset: 0 };
}

/// Why nothing was counted.
#[derive(Debug, thiserror::Error)]
pub enum StatsError {
    #[error("no organisation called {name} has been seen; {}", others(.known))]
    UnknownOrg { name: String, known: Vec<String> },
    #[error("no repository called {name} has been seen; {}", others(.known))]
    UnknownRepo { name: String, known: Vec<String> },
    #[error("there is no repository group called {name}; {}", others(.known))]
    UnknownGroup { name: String, known: Vec<String> },
    #[error("no affiliation names a company called {name}; {}", others(.known))]
    UnknownCompany { name: String, known: Vec<String> },
    #[error("nobody called {0} has been seen here")]
    UnknownPerson(String),
    #[error("the database did not answer: {0}")]
    Db(#[from] sqlx::Error),
}

impl StatsError {
    /// Whether somebody asked for a thing that is not there.
    pub fn is_not_found(&self) -> bool {
        !matches!(self, Self::Db(_))
    }
}

fn others(names: &[String]) -> String {
    if names.is_empty() { "none is known yet".to_owned() } else { format!("known: {}", names.join(", ")) }
}

/// A filter as the database takes it: ids, days for the roll-up, instants for
/// the facts at both ends.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Selection {
    pub days: (NaiveDate, NaiveDate),
    pub head: (DateTime<Utc>, DateTime<Utc>),
    pub tail: (DateTime<Utc>, DateTime<Utc>),
    pub kinds: Vec<i16>,
    pub repos: Option<Vec<i64>>,
    pub company: Option<String>,
    pub bots: bool,
    pub person: Option<i64>,
}

impl Selection {
    /// Resolves the names of a filter.
    pub async fn of(db: &mut Reader<'_>, filter: &Filter) -> Result<Self, StatsError> {
        if let Some(selection) = db.understood(filter) {
            return Ok(selection);
        }
        let company = match &filter.company {
            Some(name) => Some(company(db, name).await?),
            None => None,
        };
        let groups = filter.group.as_slice();
        let repos = repositories(db, &filter.orgs, &filter.repos, groups).await?;
        let mut selection = Self::plain(filter.window, filter.metric.kinds());
        (selection.repos, selection.company) = (repos, company);
        (selection.bots, selection.person) = (filter.bots, filter.person);
        db.understand(filter, &selection);
        Ok(selection)
    }

    /// Everything of these kinds in a window, without bots.
    pub fn plain(window: Window, kinds: &[Kind]) -> Self {
        let split = window.split();
        let nothing = (window.from, window.from);
        let mut edges = split.edges.iter().map(|edge| (edge.from, edge.to));
        let day = window.from.date_naive();
        Self {
            days: split.days.unwrap_or((day, day)),
            head: edges.next().unwrap_or(nothing),
            tail: edges.next().unwrap_or(nothing),
            kinds: kinds.iter().map(|&kind| kind as i16).collect(),
            repos: None,
            company: None,
            bots: false,
            person: None,
        }
    }

    /// The same of these whole days.
    #[must_use]
    pub fn whole_days(mut self, from: NaiveDate, to: NaiveDate) -> Self {
        self.days = (from, to);
        (self.head.1, self.tail.1) = (self.head.0, self.tail.0);
        self
    }

    /// The same, read from the facts alone: for questions finer than a day.
    #[must_use]
    pub fn by_fact(mut self, window: Window) -> Self {
        self.days = (self.days.0, self.days.0);
        self.head = (window.from, window.to);
        self.tail = (window.from, window.from);
        self
    }
}

/// The repositories named in one way or another; `None` is all of them.
pub(super) async fn repositories(
    db: &mut PgConnection,
    orgs: &[String],
    repos: &[String],
    groups: &[String],
) -> Result<Option<Vec<i64>>, StatsError> {
    let mut named = Vec::new();
    for name in orgs {
        named.extend(org(db, name).await?);
    }
    for name in repos {
        named.extend(repo(db, name).await?);
    }
    let mut grouped = Vec::new();
    for name in groups {
        grouped.extend(group(db, name).await?);
    }
    let everywhere = orgs.is_empty() && repos.is_empty();
    let mut ids = match (everywhere, groups.is_empty()) {
        (true, true) => return Ok(None),
        (true, false) => grouped,
        (false, true) => named,
        (false, false) => named.into_iter().filter(|id| grouped.contains(id)).collect(),
    };
    ids.extend(store::stand_ins(db, &ids).await?);
    ids.sort_unstable();
    ids.dedup();
    Ok(Some(ids))
}

async fn org(db: &mut PgConnection, name: &str) -> Result<Vec<i64>, StatsError> {
    let mut ids = store::repos_of_org(db, name).await?;
    if ids.is_empty() {
        ids = store::repos_of_owner(db, name).await?;
    }
    if ids.is_empty() && !store::is_org(db, name).await? {
        let known = store::orgs_like(db, name).await?;
        return Err(StatsError::UnknownOrg { name: name.to_owned(), known });
    }
    Ok(ids)
}

async fn repo(db: &mut PgConnection, name: &str) -> Result<Vec<i64>, StatsError> {
    let ids = store::repos_by_name(db, name).await?;
    if ids.is_empty() {
        let known = store::repos_like(db, name).await?;
        return Err(StatsError::UnknownRepo { name: name.to_owned(), known });
    }
    Ok(ids)
}

async fn group(db: &mut PgConnection, name: &str) -> Result<Vec<i64>, StatsError> {
    let ids = store::repos_of_group(db, name).await?;
    if ids.is_empty() {
        // A group of which nothing was seen yet is a group all the same.
        let known = store::groups(db).await?;
        if !known.iter().any(|group| group.to_lowercase() == name.to_lowercase()) {
            return Err(StatsError::UnknownGroup { name: name.to_owned(), known });
        }
    }
    Ok(ids)
}

/// The id of the person who holds a login or held it last.
pub async fn person_called(db: &mut PgConnection, login: &str) -> Result<i64, StatsError> {
    let person = people::store::by_login(db, login).await?;
    Ok(person.ok_or_else(|| StatsError::UnknownPerson(login.to_owned()))?.person_id)
}

async fn company(db: &mut Reader<'_>, name: &str) -> Result<String, StatsError> {
    let companies = db.companies().await?;
    let lower = name.to_lowercase();
    let exact = companies.iter().find(|known| *known == name);
    if let Some(company) = exact.or(companies.iter().find(|c| c.to_lowercase() == lower)) {
        return Ok(company.clone());
    }
    let known = companies.iter().take(5).cloned().collect();
    Err(StatsError::UnknownCompany { name: name.to_owned(), known })
}
