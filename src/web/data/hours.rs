//! The calendar of the data page: a cell for each hour of each day, and in long
//! windows a cell for each day of each month.

use chrono::{DateTime, Months, TimeDelta, Utc};

use crate::stats::{Period, Window};

/// Windows up to this long show every hour.
const BY_HOUR: TimeDelta = TimeDelta::days(45);

/// The calendar.
#[derive(Clone, Debug)]
pub struct Hours {
    /// What one cell is: "hour" or "day".
    pub unit: &'static str,
    pub head: Vec<String>,
    pub rows: Vec<(String, Vec<Cell>)>,
}

/// One hour or day.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    pub class: &'static str,
    /// What stands in it.
    pub mark: String,
    /// The same in words.
    pub word: String,
    /// The cell's own range, when it is worth a look.
    pub url: Option<String>,
}

impl Hours {
    /// The hours of a window that begins and ends on the hour.
    pub fn of(window: Window, missing: &[Window], now: DateTime<Utc>) -> Self {
        if window.to - window.from <= BY_HOUR {
            Self::by_hour(window, missing, now)
        } else {
            Self::by_day(window, missing, now)
        }
    }

    fn by_hour(window: Window, missing: &[Window], now: DateTime<Utc>) -> Self {
        let hour = |day: DateTime<Utc>, h: i64| {
            let at = day + TimeDelta::hours(h);
            let gone = missing.iter().any(|gap| gap.from <= at && at < gap.to);
            match () {
                () if at < window.from || at >= window.to => Cell { class: "out", ..Cell::default() },
                () if at > now => Cell { class: "future", word: "not yet".into(), ..Cell::default() },
                () if gone => Cell { class: "missing", mark: "✕".into(), word: "missing".into(), url: None },
                () => Cell { class: "done", word: "done".into(), ..Cell::default() },
            }
        };
        let days = steps(Period::Day, window);
        let rows = days.map(|day| (day.format("%a %-d %b %Y").to_string(), (0..24).map(|h| hour(day, h)).collect()));
        Self { unit: "hour", head: (0..24).map(|h| format!("{h:02}")).collect(), rows: rows.collect() }
    }

    fn by_day(window: Window, missing: &[Window], now: DateTime<Utc>) -> Self {
        let months = steps(Period::Month, window);
        let rows = months.map(|month| {
            let end = month + Months::new(1);
            let days = std::iter::successors(Some(month), |day| Some(*day + TimeDelta::days(1)));
            let cells = days.take_while(|day| *day < end).map(|day| day_cell(day, window, missing, now)).collect();
            (month.format("%b %Y").to_string(), cells)
        });
        Self { unit: "day", head: (1..=31).map(|d| d.to_string()).collect(), rows: rows.collect() }
    }
}

fn steps(period: Period, window: Window) -> impl Iterator<Item = DateTime<Utc>> {
    std::iter::successors(Some(period.start(window.from)), move |at| Some(period.next(*at)))
        .take_while(move |at| *at < window.to)
}

fn day_cell(day: DateTime<Utc>, window: Window, missing: &[Window], now: DateTime<Utc>) -> Cell {
    let (from, to) = (day.max(window.from), (day + TimeDelta::days(1)).min(window.to));
    if from >= to {
        return Cell { class: "out", ..Cell::default() };
    }
    if from > now {
        return Cell { class: "future", word: "not yet".into(), ..Cell::default() };
    }
    let lost: i64 = missing.iter().map(|gap| (gap.to.min(to) - gap.from.max(from)).num_hours().max(0)).sum();
    let hours = (to - from).num_hours();
    let url = Some(super::range_url(from, to));
    match lost {
        0 => Cell { class: "done", mark: String::new(), word: "done".into(), url },
        lost if lost == hours => Cell { class: "missing", mark: "✕".into(), word: "missing".into(), url },
        lost => Cell { class: "missing", mark: lost.to_string(), word: "hours missing".into(), url },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(from: &str, to: &str, gap: (&str, &str)) -> Vec<String> {
        let gap = Window::parse(gap.0, gap.1).unwrap();
        let now = crate::stats::parse_instant("2026-01-01").unwrap();
        let hours = Hours::of(Window::parse(from, to).unwrap(), &[gap], now);
        let letters = |cells: &Vec<Cell>| cells.iter().map(|c| &c.class[..1]).collect();
        hours.rows.iter().map(|(_, cells)| letters(cells)).collect()
    }

    #[test]
    fn every_hour_of_a_short_window_has_its_cell() {
        let rows = classes("2016-01-01T22", "2016-01-02T03", ("2016-01-01T23", "2016-01-02T01"));
        assert_eq!(rows, ["oooooooooooooooooooooodm", "mddooooooooooooooooooooo"]);
    }

    #[test]
    fn a_day_that_lost_one_hour_is_not_shown_as_done() {
        let rows = classes("2016-01-01", "2016-03-01", ("2016-01-03T05", "2016-01-03T06"));
        assert_eq!(rows[0], "ddmdddddddddddddddddddddddddddd");
        assert_eq!(rows[1].len(), 29);
    }
}
