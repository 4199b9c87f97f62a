//! Numbers over time: every period of a window, zeros included, each with the
//! share of its hours that we have.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, Days, Duration, Months, NaiveDate, Utc};

use super::counted::Counted;
use super::{Coverage, Filter, Kind, Reader, StatsError, Window, filter::Selection, window};

/// How long one point is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Period {
    /// Every period, shortest first.
    pub const ALL: &[Self] = &[Self::Hour, Self::Day, Self::Week, Self::Month, Self::Quarter, Self::Year];

    /// The name in addresses; `PostgreSQL` knows it too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// The period of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|period| period.name() == name)
    }

    /// The beginning of the period that holds `at`; weeks begin on Monday.
    pub fn start(self, at: DateTime<Utc>) -> DateTime<Utc> {
        let day = at.date_naive();
        let back = i64::from(match self {
            Self::Hour => return window::hour_of(at),
            Self::Day => 0,
            Self::Week => day.weekday().num_days_from_monday(),
            Self::Month => day.day0(),
            Self::Quarter => return window::midnight(first_of(day, day.month0() / 3 * 3)),
            Self::Year => day.ordinal0(),
        });
        window::midnight(day - Duration::days(back))
    }

    /// Where each period begins that has a part in a window.
    pub fn starts(self, window: Window) -> Vec<DateTime<Utc>> {
        let first = self.start(window.from);
        std::iter::successors(Some(first), |start| Some(self.next(*start)))
            .take_while(|start| *start < window.to)
            .collect()
    }

    /// The beginning of the period after the one that begins at `start`.
    pub fn next(self, start: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Hour => start + Duration::hours(1),
            Self::Day => start + Days::new(1),
            Self::Week => start + Days::new(7),
            Self::Month => start + Months::new(1),
            Self::Quarter => start + Months::new(3),
            Self::Year => start + Months::new(12),
        }
    }
}

/// The first day of a month of the same year.
fn first_of(day: NaiveDate, month0: u32) -> NaiveDate {
    day.with_day0(0).and_then(|day| day.with_month0(month0)).unwrap_or(day)
}

/// One period.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Where the period begins, even if the window begins later.
    pub start: DateTime<Utc>,
    pub contributions: i64,
    pub people: i64,
    /// The share of its hours inside the window that are done, 0 to 1.
    pub covered: f64,
}

/// Counts every period of the filter's window, zeros included. `coverage` is the window's.
pub async fn series(
    db: &mut Reader<'_>,
    filter: &Filter,
    period: Period,
    coverage: &Coverage,
) -> Result<Vec<Point>, StatsError> {
    let mut selection = Selection::of(db, filter).await?;
    if period == Period::Hour {
        selection = selection.by_fact(filter.window);
    }
    let counts = Counted::of(db, &selection).await?.ask(move |counted| counted.by_period(period)).await?;
    Ok(points_of(filter, period, &counts, coverage))
}

/// What was counted where something was, as points with how much is there of each.
fn points_of(
    filter: &Filter,
    period: Period,
    counts: &HashMap<DateTime<Utc>, (i64, i64)>,
    coverage: &Coverage,
) -> Vec<Point> {
    let done = coverage.by(period).iter().map(|part| (part.start, part.done)).collect();
    points(filter.window, period, counts, &done)
}

/// What was done in each period, by kind.
#[derive(Clone, Debug, Default)]
pub struct KindSeries(HashMap<(DateTime<Utc>, Kind), i64>);

impl KindSeries {
    /// How often any of these kinds was done in the period that begins there.
    pub fn of(&self, start: DateTime<Utc>, kinds: &[Kind]) -> i64 {
        kinds.iter().filter_map(|kind| self.0.get(&(start, *kind))).sum()
    }
}

/// Counts each of these kinds, whatever the filter's metric, in each period of its window.
pub async fn kind_series(
    db: &mut Reader<'_>,
    filter: &Filter,
    kinds: &[Kind],
    period: Period,
) -> Result<KindSeries, StatsError> {
    let mut selection = Selection::of(db, filter).await?;
    selection.kinds = kinds.iter().map(|kind| *kind as i16).collect();
    if period == Period::Hour {
        selection = selection.by_fact(filter.window);
    }
    let points = Counted::of(db, &selection).await?.ask(move |counted| counted.by_period_and_kind(period)).await?;
    let read = |((start, kind), n): ((DateTime<Utc>, i16), i64)| Some(((start, Kind::by_number(kind)?), n));
    Ok(KindSeries(points.into_iter().filter_map(read).collect()))
}

fn points(
    all: Window,
    period: Period,
    counts: &HashMap<DateTime<Utc>, (i64, i64)>,
    done: &HashMap<DateTime<Utc>, i64>,
) -> Vec<Point> {
    let point = |start: DateTime<Utc>| {
        let inside = Window { from: start.max(all.from), to: period.next(start).min(all.to) };
        let (contributions, people) = counts.get(&start).copied().unwrap_or_default();
        let done = done.get(&start).copied().unwrap_or_default();
        Point { start, contributions, people, covered: share(done, inside.hours()) }
    };
    period.starts(all).into_iter().map(point).collect()
}

#[expect(clippy::cast_precision_loss, reason = "hours of a century fit in 20 bits")]
fn share(done: i64, hours: i64) -> f64 {
    if hours == 0 { 0.0 } else { done as f64 / hours as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        window::parse_instant(text).unwrap()
    }

    #[test]
    fn periods_begin_where_people_expect() {
        let friday = at("2016-05-20T13:45");
        let starts: Vec<_> = Period::ALL.iter().map(|p| window::short(p.start(friday))).collect();
        assert_eq!(starts, ["2016-05-20 13:00", "2016-05-20", "2016-05-16", "2016-05-01", "2016-04-01", "2016-01-01"]);
        let next: Vec<_> = Period::ALL.iter().map(|p| window::short(p.next(p.start(friday)))).collect();
        assert_eq!(next, ["2016-05-20 14:00", "2016-05-21", "2016-05-23", "2016-06-01", "2016-07-01", "2017-01-01"]);
    }

    #[test]
    fn every_period_of_the_window_is_there_with_its_coverage() {
        let window = Window::parse("2016-01-01T12", "2016-01-03T06").unwrap();
        let counts = [(at("2016-01-02"), (7, 2))].into_iter().collect();
        let done = [(at("2016-01-01"), 12), (at("2016-01-02"), 6)].into_iter().collect();
        let points = points(window, Period::Day, &counts, &done);
        let seen: Vec<_> = points.iter().map(|p| (p.contributions, p.covered)).collect();
        assert_eq!(seen, [(0, 1.0), (7, 0.25), (0, 0.0)]);
    }
}
