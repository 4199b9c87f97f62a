//! Ranked things as bars, each split by colour: what somebody's number is made of.

use askama::Template;

use super::class;
use crate::web::html;

/// A bar for each of some ranked things.
#[derive(Clone, Debug, Template)]
#[template(path = "components/bars.svg")]
pub struct BarChart {
    pub id: &'static str,
    pub title: String,
    pub description: String,
    /// The colours, at most five.
    pub parts: Vec<&'static str>,
    pub rows: Vec<BarRow>,
    /// Whether it is a file of its own.
    pub alone: bool,
}

/// One bar.
#[derive(Clone, Debug)]
pub struct BarRow {
    pub label: String,
    pub url: String,
    pub total: i64,
    /// One for each part.
    pub values: Vec<i64>,
}

impl askama::filters::HtmlSafe for BarChart {}

/// Height of a bar's slot.
const SLOT: usize = 24;
const LEFT: f64 = 216.0;
const WIDTH: f64 = 740.0;

impl BarChart {
    /// The bars as a file of its own.
    pub fn file(mut self) -> String {
        self.alone = true;
        self.to_string()
    }

    fn height(&self) -> usize {
        self.rows.len() * SLOT + 8
    }

    #[expect(clippy::unused_self, clippy::trivially_copy_pass_by_ref, reason = "called from the template")]
    fn y(&self, index: &usize) -> usize {
        index * SLOT + 4
    }

    /// Place, width, class and words of each part of a bar.
    #[expect(clippy::cast_precision_loss, reason = "a place on paper")]
    fn segments(&self, row: &BarRow) -> Vec<(f64, f64, String, String)> {
        let most = self.rows.iter().map(|r| r.total).max().unwrap_or_default().max(1) as f64;
        let mut x = LEFT;
        let mut segments = Vec::new();
        for (i, value) in row.values.iter().enumerate().filter(|(_, v)| **v > 0) {
            let width = *value as f64 / most * WIDTH;
            let part = self.parts.get(i).copied().unwrap_or_default();
            segments.push((x, width, class('f', i), format!("{}: {} {part}", row.label, html::thousands(value))));
            x += width;
        }
        segments
    }

    fn end(&self, row: &BarRow) -> f64 {
        self.segments(row).last().map_or(LEFT, |(x, width, ..)| x + width) + 6.0
    }

    #[expect(clippy::unused_self, clippy::trivially_copy_pass_by_ref, reason = "called from the template")]
    fn number(&self, n: &i64) -> String {
        html::thousands(n)
    }
}
