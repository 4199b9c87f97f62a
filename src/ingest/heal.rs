//! Fetches what is missing: hours from the archive once more, issues and pull
//! requests by their number from GitHub. What heals and what stays missing is what
//! the coverage says before and after; a run that ends early is gone on with by
//! the next one.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};

use super::{
    Intake,
    api::{self, ApiError, Told},
    archive::{self, FetchError, IngestError, Progress, Scope, SourceError, Sources},
};
use crate::{
    clock::Clock,
    random::Random,
    stats::{self, Coverage, Numbers, Page, StatsError, Subject, Window},
};

/// Numbers asked for in one run: a fifth of what a token may ask in an hour.
pub const MOST_NUMBERS: usize = 1000;

/// What is to be whole.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub window: Window,
    pub orgs: Vec<String>,
    pub repos: Vec<String>,
}

/// What is missing of it.
#[derive(Clone, Debug)]
pub struct Missing {
    pub coverage: Coverage,
    /// Of what was asked for by name: all numbers of everything are nobody's.
    pub numbers: Vec<Numbers>,
}

/// What was missing, what still is, and what GitHub said.
#[derive(Clone, Debug)]
pub struct Healed {
    pub before: Missing,
    pub after: Missing,
    pub told: Option<Told>,
    /// Hours that stay missing or nearly empty, each with the reason, where one is known.
    pub stay: Vec<(DateTime<Utc>, String)>,
}

/// Why nothing more was healed.
#[derive(Debug, thiserror::Error)]
pub enum HealError {
    #[error(transparent)]
    Stats(#[from] StatsError),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error(transparent)]
    Ingest(#[from] IngestError),
    #[error(transparent)]
    Api(#[from] ApiError),
    #[error("the database did not answer: {0}")]
    Db(#[from] sqlx::Error),
}

impl Wanted {
    /// Looks what is missing.
    pub async fn missing(&self, db: &mut PgConnection, now: DateTime<Utc>) -> Result<Missing, StatsError> {
        let Self { window, orgs, repos } = self;
        let coverage = stats::coverage_of(db, &Subject::new(orgs, repos), *window, now).await?;
        let named = !orgs.is_empty() || !repos.is_empty();
        let numbers = match stats::missing_numbers(db, (orgs, repos), *window, Page::ALL).await {
            // What nobody has been seen in has no numbers yet.
            Err(error) if error.is_not_found() => Vec::new(),
            numbers => numbers?,
        };
        Ok(Missing { coverage, numbers: if named { numbers } else { Vec::new() } })
    }

    /// The filters that the ledger's hours were read under and that hold it; if there
    /// are none yet, its own.
    async fn scopes(&self, db: &mut PgConnection) -> sqlx::Result<Vec<Scope>> {
        let known = stats::scopes_of(db, &Subject::new(&self.orgs, &self.repos)).await?;
        let own = || vec![Scope::new(&self.orgs, &self.repos)];
        Ok(if known.is_empty() { own() } else { known.iter().map(|scope| Scope::parse(scope)).collect() })
    }
}

/// Heals what it can. Takes the pool, because hours are read by several readers.
///
/// # Errors
/// Only what keeps it from going on; what stays missing is in the answer.
pub async fn heal(
    pool: &PgPool,
    intake: &Intake,
    wanted: &Wanted,
    (jobs, clock, random): (usize, &Clock, &Random),
    progress: &dyn Progress,
) -> Result<Healed, HealError> {
    let mut db = pool.acquire().await?;
    let before = wanted.missing(&mut db, clock.now()).await?;
    let scopes = wanted.scopes(&mut db).await?;
    drop(db);
    let gaps = before.coverage.gaps();
    if !gaps.is_empty() {
        let sources = Sources::of_gaps(&gaps, &intake.archive)?;
        for scope in &scopes {
            let options = intake.options(jobs, clock, random)?;
            archive::ingest(pool, &sources, scope, options, clock, progress).await?;
        }
    }
    let mut db = pool.acquire().await?;
    // The hours may have brought some of the numbers, and named others.
    let numbers = wanted.missing(&mut db, clock.now()).await?.numbers;
    let told = if numbers.is_empty() {
        None
    } else {
        let github = intake.connect(&mut db, clock, random).await?;
        Some(api::numbers(&mut db, &github, &numbers, MOST_NUMBERS, clock).await?)
    };
    let after = wanted.missing(&mut db, clock.now()).await?;
    let stay = stay(&mut db, &after.coverage).await?;
    Ok(Healed { before, after, told, stay })
}

/// Why hours stay as they are, by the ledger.
async fn stay(db: &mut PgConnection, coverage: &Coverage) -> sqlx::Result<Vec<(DateTime<Utc>, String)>> {
    let ledger = stats::ledger(db, coverage.window, Page::ALL).await?;
    let problems = ledger.into_iter().filter(|row| row.status != "done").map(|row| {
        let reason = match (&*row.status, row.problem) {
            (_, Some(problem)) => problem,
            ("partial", _) => "only a part of it was read".to_owned(),
            _ => "its source does not have it".to_owned(),
        };
        (row.hour, reason)
    });
    let is_missing = |hour: &DateTime<Utc>| coverage.missing.iter().any(|gap| gap.from <= *hour && *hour < gap.to);
    let thin =
        coverage.thin.iter().map(|thin| (thin.hour, "nearly empty, and its source has no other version".to_owned()));
    Ok(problems.filter(|(hour, _)| is_missing(hour)).chain(thin).collect())
}
