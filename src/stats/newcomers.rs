//! New and episodic contributors: who came for the first time, and who comes now and then.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use sqlx::PgConnection;

use super::{Filter, Kind, Period, StatsError, filter::Selection, store};

/// The people of one period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Newcomers {
    pub people: i64,
    /// For the first time ever, as far as there is data.
    pub new: i64,
    /// Not in the three months before the period, and at most 12 times before it.
    pub episodic: i64,
}

/// Counts who did any of these kinds in each period of the filter's window, in whole
/// days; a period of hours is read as one of days.
pub async fn newcomers(
    db: &mut PgConnection,
    filter: &Filter,
    kinds: &[Kind],
    period: Period,
) -> Result<HashMap<DateTime<Utc>, Newcomers>, StatsError> {
    let mut selection = Selection::of(db, filter).await?;
    selection.kinds = kinds.iter().map(|kind| *kind as i16).collect();
    let last = filter.window.to - Duration::microseconds(1);
    let days = (filter.window.from.date_naive(), last.date_naive() + Duration::days(1));
    let period = if period == Period::Hour { Period::Day } else { period };
    let rows = store::newcomers(db, &selection, days, period.name()).await?;
    let read =
        |row: store::NewcomerRow| (row.start, Newcomers { people: row.people, new: row.new, episodic: row.episodic });
    Ok(rows.into_iter().map(read).collect())
}
