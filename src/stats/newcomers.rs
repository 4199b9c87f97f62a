//! New and episodic contributors: who came for the first time, and who comes now and then.

use std::collections::HashMap;

use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::counted::Counted;
use super::{Filter, Kind, Period, Reader, StatsError, filter::Selection};

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
    db: &mut Reader<'_>,
    filter: &Filter,
    kinds: &[Kind],
    period: Period,
) -> Result<HashMap<DateTime<Utc>, Newcomers>, StatsError> {
    let selection = Selection::of(db, filter).await?;
    let last = filter.window.to - Duration::microseconds(1);
    let first = filter.window.from.date_naive();
    // Everything before the window, too.
    let mut selection = selection.whole_days(NaiveDate::MIN, last.date_naive() + Duration::days(1));
    selection.kinds = kinds.iter().map(|kind| *kind as i16).collect();
    let period = if period == Period::Hour { Period::Day } else { period };
    Ok(Counted::of(db, &selection).await?.ask(move |counted| counted.newcomers(period, first)).await?)
}
