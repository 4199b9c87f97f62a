//! What we know about what we know: the hours of the archive, each with its
//! counts and troubles, as the data page shows them.

use chrono::{DateTime, Duration, Utc};
use sqlx::PgConnection;

use super::{Coverage, Page, Window, coverage, store};

/// One hour of the archive, under one filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerHour {
    pub hour: DateTime<Utc>,
    /// `*` for everything, else what the hour was filtered by.
    pub scope: String,
    /// done, missing or failed.
    pub status: String,
    pub problem: Option<String>,
    pub sha256: Option<Vec<u8>>,
    pub bytes: i64,
    pub lines: i32,
    pub events: i32,
    /// Distinct event ids.
    pub ids: i32,
    pub bad_lines: i32,
    pub unknown_lines: i32,
    pub same_fact: i32,
    pub actors: i32,
    pub repos: i32,
    pub read_at: DateTime<Utc>,
}

/// Lists the hours of a window, earliest first.
pub async fn ledger(db: &mut PgConnection, window: Window, page: Page) -> sqlx::Result<Vec<LedgerHour>> {
    store::ledger(db, window, page).await
}

/// What is known of one hour.
#[derive(Clone, Debug)]
pub struct KnownHour {
    /// Of this hour alone.
    pub coverage: Coverage,
    /// What the ledger says, a row a filter.
    pub ledger: Vec<LedgerHour>,
    pub by_type: Vec<(String, i64)>,
    pub quarantine: Vec<QuarantinedLine>,
    /// The sources that filled it, each with its facts and those that only it has.
    pub sources: Vec<(&'static str, i64, i64)>,
}

/// The bits of `fact.sources`.
const SOURCES: &[(i16, &str)] = &[(1, "archive"), (2, "API"), (4, "webhooks"), (8, "git")];

/// Looks up everything about one hour.
pub async fn known_hour(db: &mut PgConnection, hour: DateTime<Utc>, now: DateTime<Utc>) -> sqlx::Result<KnownHour> {
    let window = Window { from: hour, to: hour + Duration::hours(1) };
    let ledger = store::ledger_of(db, hour).await?;
    // Files of before 2015 are named by another hour than the one they are about.
    let named = ledger.first().map_or(window, |row| Window { from: row.hour, to: row.hour + Duration::hours(1) });
    let facts = store::facts_by_sources(db, window).await?;
    let count = |is: &dyn Fn(i16) -> bool| facts.iter().filter(|(sources, _)| is(*sources)).map(|(_, n)| n).sum();
    let source = |(bit, name): &(i16, &'static str)| (*name, count(&|all| all & bit != 0), count(&|all| all == *bit));
    Ok(KnownHour {
        coverage: coverage(db, window, now).await?,
        by_type: store::events_by_type(db, named).await?,
        quarantine: store::quarantine(db, named, Page { limit: 50, offset: 0 }).await?,
        sources: SOURCES.iter().map(source).filter(|(_, n, _)| *n > 0).collect(),
        ledger,
    })
}

/// The sums of the ledger over a window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LedgerSummary {
    pub done: i64,
    pub missing: i64,
    pub failed: i64,
    pub lines: i64,
    pub events: i64,
    pub bad_lines: i64,
    pub unknown_lines: i64,
    pub same_fact: i64,
    /// Most first.
    pub by_type: Vec<(String, i64)>,
}

/// Adds the ledger up over a window. `missing` and `failed` are what we looked
/// for; hours nobody looked for are in the coverage only.
pub async fn ledger_summary(db: &mut PgConnection, window: Window) -> sqlx::Result<LedgerSummary> {
    let mut summary = store::ledger_lines(db, window).await?;
    summary.by_type = store::events_by_type(db, window).await?;
    Ok(summary)
}

/// A line that was not an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarantinedLine {
    pub hour: DateTime<Utc>,
    pub scope: String,
    /// 1-based.
    pub line: i32,
    pub reason: String,
    pub excerpt: String,
}

/// Lists the quarantined lines of a window.
pub async fn quarantine(db: &mut PgConnection, window: Window, page: Page) -> sqlx::Result<Vec<QuarantinedLine>> {
    store::quarantine(db, window, page).await
}

/// From when to when anything is known: the hours of the archive that are done, or if
/// there are none, what the API has told.
pub async fn known_span(db: &mut PgConnection) -> sqlx::Result<Option<Window>> {
    Ok(match store::data_span(db).await? {
        Some(span) => Some(span),
        None => store::told_span(db).await?,
    })
}

/// From the first to the end of the last hour of the archive that is done.
pub async fn data_span(db: &mut PgConnection) -> sqlx::Result<Option<Window>> {
    store::data_span(db).await
}
