//! A calendar: a cell for each day (or, in a short window, each hour), darker
//! where more happened.

use std::collections::HashMap;

use askama::Template;
use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};

use super::period_label;
use crate::stats::{Period, Window};
use crate::web::html;

/// Windows up to this long are shown by the hour.
const BY_HOUR: TimeDelta = TimeDelta::days(8);

/// Longest calendar: what is before it is left out, and the title says so.
const MOST_DAYS: i64 = 53 * 7;

/// A calendar of counts.
#[derive(Clone, Debug, Template)]
#[template(path = "components/heat.html")]
pub struct HeatMap {
    pub id: &'static str,
    pub title: String,
    pub description: String,
    pub unit: String,
    cells: Vec<Cell>,
    columns: Vec<(i64, String)>,
    rows: Vec<(i64, String)>,
}

#[derive(Clone, Debug)]
struct Cell {
    column: i64,
    row: i64,
    class: String,
    title: String,
}

impl askama::filters::HtmlSafe for HeatMap {}

const CELL: i64 = 14;
const LEFT: i64 = 48;
const TOP: i64 = 20;

impl HeatMap {
    /// What one cell of a window is.
    pub fn period(window: Window) -> Period {
        if window.to - window.from <= BY_HOUR { Period::Hour } else { Period::Day }
    }

    /// Adds up what was counted at instants of a window; hours that are missing are marked.
    pub fn of(
        id: &'static str,
        unit: &str,
        window: Window,
        counted: impl IntoIterator<Item = (DateTime<Utc>, i64)>,
        missing: &[Window],
    ) -> Self {
        let period = Self::period(window);
        let shown = Window { from: window.from.max(window.to - TimeDelta::days(MOST_DAYS)), to: window.to };
        let mut counts: HashMap<DateTime<Utc>, i64> = HashMap::new();
        for (at, n) in counted.into_iter().filter(|(at, _)| period.next(*at) > shown.from) {
            *counts.entry(period.start(at)).or_default() += n;
        }
        let mut map = Self {
            id,
            title: format!("{unit} by {}", period.name()),
            description: describe(&counts, period, unit),
            unit: unit.to_owned(),
            cells: Vec::new(),
            columns: Vec::new(),
            rows: Vec::new(),
        };
        map.fill(shown, period, &counts, missing);
        map
    }

    fn fill(&mut self, window: Window, period: Period, counts: &HashMap<DateTime<Utc>, i64>, missing: &[Window]) {
        let most = counts.values().copied().max().unwrap_or_default();
        let first =
            if period == Period::Hour { Period::Day.start(window.from) } else { Period::Week.start(window.from) };
        let mut at = period.start(window.from);
        while at < window.to {
            let (column, row) = place(period, first, at);
            let count = counts.get(&at).copied().unwrap_or_default();
            let gone = missing.iter().any(|gap| gap.from < period.next(at) && gap.to > at);
            let class = if gone && count == 0 { "miss".to_owned() } else { format!("h{}", level(count, most)) };
            let word = if gone { " (incomplete)" } else { "" };
            let title = format!("{}: {} {}{word}", period_label(period, at), html::thousands(count), self.unit);
            self.cells.push(Cell { column, row, class, title });
            self.name_lines(period, at, column, row);
            at = period.next(at);
        }
    }

    /// Months above a calendar of days, hours above one of hours.
    fn name_lines(&mut self, period: Period, at: DateTime<Utc>, column: i64, row: i64) {
        if period == Period::Hour {
            if at.hour().is_multiple_of(3) && !self.columns.iter().any(|(c, _)| *c == column) {
                self.columns.push((column, at.format("%H").to_string()));
            }
            if !self.rows.iter().any(|(r, _)| *r == row) {
                self.rows.push((row, at.format("%-d %b").to_string()));
            }
            return;
        }
        let far = self.columns.last().is_none_or(|(c, _)| column - c >= 3);
        if far && (at.day() <= 7 || self.columns.is_empty()) {
            self.columns.push((column, at.format("%b").to_string()));
        }
        if row % 2 == 0 && !self.rows.iter().any(|(r, _)| *r == row) {
            self.rows.push((row, at.format("%a").to_string()));
        }
    }

    fn width(&self) -> i64 {
        LEFT + (self.cells.iter().map(|c| c.column).max().unwrap_or_default() + 1) * CELL
    }

    fn height(&self) -> i64 {
        TOP + (self.cells.iter().map(|c| c.row).max().unwrap_or_default() + 1) * CELL
    }

    #[expect(clippy::unused_self, clippy::trivially_copy_pass_by_ref, reason = "called from the template")]
    fn x(&self, column: &i64) -> i64 {
        LEFT + column * CELL
    }

    #[expect(clippy::unused_self, clippy::trivially_copy_pass_by_ref, reason = "called from the template")]
    fn y(&self, row: &i64) -> i64 {
        TOP + row * CELL
    }
}

fn place(period: Period, first: DateTime<Utc>, at: DateTime<Utc>) -> (i64, i64) {
    if period == Period::Hour {
        (i64::from(at.hour()), (at - first).num_days())
    } else {
        ((at - first).num_days() / 7, i64::from(at.weekday().num_days_from_monday()))
    }
}

/// 0 for nothing, else which quarter of the most.
fn level(count: i64, most: i64) -> i64 {
    if count == 0 { 0 } else { ((count * 4 + most - 1) / most).clamp(1, 4) }
}

fn describe(counts: &HashMap<DateTime<Utc>, i64>, period: Period, unit: &str) -> String {
    match counts.iter().max_by_key(|(at, n)| (**n, std::cmp::Reverse(**at))) {
        None => format!("No {unit} here."),
        Some((at, n)) => format!(
            "{unit} in {} {period}s; the most in one {period}: {}, {}.",
            counts.len(),
            html::thousands(n),
            period_label(period, *at),
            period = period.name(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_with_a_missing_hour_is_not_shown_as_idle() {
        let window = Window::parse("2016-01-01", "2016-02-01").unwrap();
        let gap = Window::parse("2016-01-03T05", "2016-01-03T06").unwrap();
        let map = HeatMap::of("h", "contributions", window, [(window.from, 1)], &[gap]);
        let classes: Vec<_> = map.cells.iter().take(4).map(|c| c.class.as_str()).collect();
        assert_eq!(classes, ["h4", "h0", "miss", "h0"]);
        assert_eq!((map.cells[0].column, map.cells[0].row), (0, 4), "1 January 2016 was a Friday");
    }
}
