//! The calendar of the data page: a cell for each hour of each day, in longer
//! windows for each day of each month, and over years for each month.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::stats::{Coverage, Part, Period, Window};
use crate::web::html::count;

/// Windows up to this long show every hour.
const BY_HOUR: TimeDelta = TimeDelta::days(45);
/// And up to this long every day.
const BY_DAY: TimeDelta = TimeDelta::days(800);

/// The calendar.
#[derive(Clone, Debug)]
pub struct Hours {
    /// What one cell is: "hour", "day" or "month".
    pub unit: &'static str,
    pub head: Vec<String>,
    pub rows: Vec<(String, Vec<Cell>)>,
}

/// One hour, day or month.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    pub class: &'static str,
    /// What stands in it.
    pub mark: String,
    /// The same in words.
    pub word: String,
    /// What is known of it.
    pub url: Option<String>,
}

impl Hours {
    /// The hours that a coverage is about; `range` is the address of longer cells.
    pub fn of(coverage: &Coverage, range: &dyn Fn(DateTime<Utc>, DateTime<Utc>) -> String) -> Self {
        let window = Window { from: coverage.window.first_hour(), to: coverage.window.last_hour_end() };
        let (unit, row, label) = match window.to - window.from {
            length if length <= BY_HOUR => (Period::Hour, Period::Day, "%a %-d %b"),
            length if length <= BY_DAY => (Period::Day, Period::Month, "%b %Y"),
            _ => (Period::Month, Period::Year, "%Y"),
        };
        let parts: HashMap<_, _> = coverage.by(unit).into_iter().map(|part| (part.start, part)).collect();
        let cell = |start| {
            let cell = cell(unit, start, window, parts.get(&start));
            let inside = (start.max(window.from), unit.next(start).min(window.to));
            let url = if unit == Period::Hour { super::hour::url(start) } else { range(inside.0, inside.1) };
            Cell { url: parts.contains_key(&start).then_some(url), ..cell }
        };
        let rows = steps(row, window.from, window.to)
            .map(|start| (start.format(label).to_string(), steps(unit, start, row.next(start)).map(cell).collect()));
        Self { unit: unit.name(), head: head(unit), rows: rows.collect() }
    }
}

fn head(unit: Period) -> Vec<String> {
    match unit {
        Period::Hour => (0..24).map(|hour| format!("{hour:02}")).collect(),
        Period::Day => (1..=31).map(|day| day.to_string()).collect(),
        _ => {
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"].map(Into::into).into()
        }
    }
}

fn steps(period: Period, from: DateTime<Utc>, to: DateTime<Utc>) -> impl Iterator<Item = DateTime<Utc>> {
    std::iter::successors(Some(period.start(from)), move |at| Some(period.next(*at))).take_while(move |at| *at < to)
}

fn cell(unit: Period, start: DateTime<Utc>, window: Window, part: Option<&Part>) -> Cell {
    if start.max(window.from) >= unit.next(start).min(window.to) {
        return Cell { class: "out", ..Cell::default() };
    }
    let Some(part) = part else { return Cell { class: "future", word: "not yet".into(), ..Cell::default() } };
    let (class, lost, word) = match (part.missing, part.thin) {
        (0, 0) => ("done", 0, "done"),
        (0, thin) => ("thin", thin, "nearly empty"),
        (missing, thin) => ("missing", missing + thin, "missing"),
    };
    let (mark, word) = match (class, unit) {
        ("done", _) => (String::new(), word.to_owned()),
        ("thin", Period::Hour) => ("!".into(), word.to_owned()),
        (_, Period::Hour) => ("✕".into(), word.to_owned()),
        _ if lost == part.expected => ("✕".into(), format!("all {word}")),
        _ => (lost.to_string(), format!("{} {word}", count(lost, "hour", "hours"))),
    };
    Cell { class, mark, word, url: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::ThinHour;

    fn calendar(from: &str, to: &str, gap: (&str, &str), thin: &str) -> Hours {
        let window = Window::parse(from, to).unwrap();
        let missing = vec![Window::parse(gap.0, gap.1).unwrap()];
        let thin = vec![ThinHour { hour: crate::stats::parse_instant(thin).unwrap(), lines: 1, usual: 1000 }];
        let mut coverage = Coverage::whole(window);
        (coverage.missing, coverage.thin) = (missing, thin);
        Hours::of(&coverage, &|_, _| "/data".into())
    }

    fn classes(hours: &Hours) -> Vec<String> {
        let letters = |cells: &Vec<Cell>| cells.iter().map(|c| &c.class[..1]).collect();
        hours.rows.iter().map(|(_, cells)| letters(cells)).collect()
    }

    #[test]
    fn every_hour_of_a_short_window_has_its_cell_and_its_page() {
        let hours = calendar("2016-01-01T22", "2016-01-02T04", ("2016-01-01T23", "2016-01-02T01"), "2016-01-02T02");
        assert_eq!(classes(&hours), ["oooooooooooooooooooooodm", "mdtdoooooooooooooooooooo"]);
        assert_eq!(hours.rows[0].1[23].url.as_deref(), Some("/data/2016-01-01T23"));
    }

    #[test]
    fn a_day_that_lost_one_hour_is_not_shown_as_done() {
        let hours = calendar("2016-01-01", "2016-03-01", ("2016-01-03T05", "2016-01-03T06"), "2016-02-01T02");
        let rows = classes(&hours);
        assert_eq!(rows, ["ddmdddddddddddddddddddddddddddd", "tdddddddddddddddddddddddddddd"]);
        let day = &hours.rows[0].1[2];
        assert_eq!((&*day.mark, &*day.word), ("1", "1 hour missing"));
    }

    #[test]
    fn ten_years_are_ten_rows_of_months() {
        let hours = calendar("2011-02-12", "2021-01-01", ("2016-01-01", "2016-02-01"), "2016-03-01");
        let rows = classes(&hours);
        assert_eq!((rows.len(), &*rows[0], &*rows[5]), (10, "oddddddddddd", "mdtddddddddd"));
        assert_eq!(hours.rows[5].1[0].word, "all missing");
        assert_eq!(hours.rows[5].1[2].word, "1 hour nearly empty");
    }
}
