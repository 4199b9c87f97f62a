//! One model of a chart, from which come its drawing (on the page and at the
//! `.svg` address), the table under it and what a screen reader says. Colours are
//! classes, so a drawing follows the reader's colour scheme.

mod axis;
mod bars;
mod draw;
mod heat;
mod spark;

use askama::Template;
use chrono::{DateTime, Utc};

pub use bars::{BarChart, BarRow};
pub use draw::Drawing;
pub use heat::HeatMap;
pub use spark::Sparkline;

use crate::stats::{Period, Window};
use crate::web::html::{self, filters};

/// Numbers over time.
#[derive(Clone, Debug, Template)]
#[template(path = "components/chart.html")]
pub struct Chart {
    /// Tells the chart's parts from those of another on the page.
    pub id: &'static str,
    pub title: String,
    /// What a look at it would say, in a sentence.
    pub description: String,
    /// What is counted, in the plural.
    pub unit: String,
    pub window: Window,
    pub period: Period,
    /// Where each period begins.
    pub starts: Vec<DateTime<Utc>>,
    /// At most five.
    pub series: Vec<Series>,
    /// Ranges that we know incompletely.
    pub gaps: Vec<Window>,
    /// Moments worth a line, e.g. releases.
    pub marks: Vec<(DateTime<Utc>, String)>,
}

/// One line or colour of a chart.
#[derive(Clone, Debug)]
pub struct Series {
    pub label: String,
    /// One for each period.
    pub values: Vec<i64>,
}

impl askama::filters::HtmlSafe for Chart {}

impl Chart {
    /// As wide as a page.
    pub fn wide(&self) -> Drawing {
        Drawing::of(self, draw::WIDE)
    }

    /// As wide as a phone, with letters of the same size.
    pub fn narrow(&self) -> Drawing {
        Drawing::of(self, draw::NARROW)
    }

    /// A file of its own, colours included.
    pub fn svg(&self) -> String {
        Drawing::of(self, draw::WIDE).file()
    }

    /// The rows of the table: period, value of each series, whether it is complete.
    pub fn rows(&self) -> Vec<Row> {
        let row = |(i, start): (usize, &DateTime<Utc>)| Row {
            label: period_label(self.period, *start),
            values: self.series.iter().map(|s| s.values.get(i).copied().unwrap_or_default()).collect(),
            incomplete: self.is_incomplete(*start),
        };
        self.starts.iter().enumerate().map(row).collect()
    }

    fn is_incomplete(&self, start: DateTime<Utc>) -> bool {
        let end = self.period.next(start);
        self.gaps.iter().any(|gap| gap.from < end && gap.to > start)
    }

    fn has_gaps(&self) -> bool {
        !self.gaps.is_empty()
    }

    /// What a look at the first series says: its range, its highest point, its gaps.
    pub fn describe(&mut self) {
        let Some(series) = self.series.first() else { return };
        let highest = series.values.iter().enumerate().max_by_key(|(i, v)| (**v, usize::MAX - i));
        let lowest = series.values.iter().min().copied().unwrap_or_default();
        let Some((at, most)) = highest else { return };
        let gaps = match self.rows().iter().filter(|r| r.incomplete).count() {
            0 => String::new(),
            1 => format!(" One {} is incomplete.", self.period.name()),
            n => format!(" {n} {}s are incomplete.", self.period.name()),
        };
        self.description = format!(
            "Between {} and {} {} in each {}; most in {}.{gaps} The table below has every value.",
            html::thousands(lowest),
            html::thousands(*most),
            self.unit,
            self.period.name(),
            period_label(self.period, self.starts.get(at).copied().unwrap_or(self.window.from)),
        );
    }
}

/// One period of the table under a chart.
#[derive(Clone, Debug)]
pub struct Row {
    pub label: String,
    pub values: Vec<i64>,
    pub incomplete: bool,
}

/// A period by its usual name: `1 Jan 2016, 03:00`, `week of 4 Jan 2016`, `Q1 2016`.
pub fn period_label(period: Period, start: DateTime<Utc>) -> String {
    match period {
        Period::Hour => start.format("%-d %b %Y, %H:%M").to_string(),
        Period::Day => start.format("%-d %b %Y").to_string(),
        Period::Week => start.format("week of %-d %b %Y").to_string(),
        Period::Month => start.format("%b %Y").to_string(),
        Period::Quarter => start.format("Q%q %Y").to_string(),
        Period::Year => start.format("%Y").to_string(),
    }
}

/// Series are numbered from 1 in class names.
fn class(prefix: char, index: usize) -> String {
    format!("{prefix}{}", index.min(4) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    pub fn chart(values: Vec<i64>) -> Chart {
        let window = Window::parse("2016-01-01T01", "2016-01-01T07").unwrap();
        let starts = (0..6).map(|h| window.from + chrono::TimeDelta::hours(h)).collect();
        let mut chart = Chart {
            id: "c",
            title: "Contributions per hour".into(),
            description: String::new(),
            unit: "contributions".into(),
            window,
            period: Period::Hour,
            starts,
            series: vec![Series { label: "contributions".into(), values }],
            gaps: vec![Window::parse("2016-01-01T03", "2016-01-01T04").unwrap()],
            marks: vec![],
        };
        chart.describe();
        chart
    }

    #[test]
    fn a_chart_says_what_it_shows_and_tables_every_value() {
        let chart = chart(vec![9, 12, 0, 7, 12, 1]);
        assert_eq!(
            chart.description,
            "Between 0 and 12 contributions in each hour; most in 1 Jan 2016, 02:00. One hour is incomplete. \
             The table below has every value."
        );
        let page = scraper::Html::parse_fragment(&chart.to_string());
        let cells = crate::web::router::tests::words(&page, "tbody tr:nth-child(3) > *");
        assert_eq!(cells, ["1 Jan 2016, 03:00", "0", "incomplete"]);
        assert_eq!(crate::web::router::tests::words(&page, "svg[role=img] > title").len(), 2);
    }

    #[test]
    fn a_file_has_its_own_colours_and_no_script() {
        let svg = chart(vec![1, 2, 3, 4, 5, 6]).svg();
        assert!(svg.starts_with("<svg xmlns=") && svg.contains("prefers-color-scheme") && !svg.contains("script"));
    }
}
