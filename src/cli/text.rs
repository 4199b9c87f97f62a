//! Text that several commands print: counts, tables, and how complete the data is.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::stats::{Coverage, Unread, Window, window::short};

/// "1 hour", "13,239 hours".
pub(super) fn plural(n: u64, noun: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{} {noun}{s}", indicatif::HumanCount(n))
}

/// A count with separators.
pub(super) fn count(n: i64) -> String {
    let sign = if n < 0 { "-" } else { "" };
    format!("{sign}{}", indicatif::HumanCount(n.unsigned_abs()))
}

/// Rows in aligned columns; those of `right` are numbers.
pub(super) fn table(header: &[&str], right: &[bool], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = header.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    let header: Vec<String> = header.iter().map(|&cell| cell.to_owned()).collect();
    for row in std::iter::once(&header).chain(rows) {
        let cells =
            row.iter().zip(&widths).zip(right).map(|((cell, &width), &right)| {
                if right { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
            });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// The two lines under every number.
pub(super) fn coverage(coverage: &Coverage) -> String {
    let as_of = coverage.as_of.map_or_else(|| "nothing read yet".to_owned(), |at| format!("as of {} UTC", short(at)));
    format!("Coverage: {} ({}); {as_of}.", coverage.percent(), coverage.sentence())
}

/// The same for programs.
pub(super) fn coverage_json(coverage: &Coverage) -> Value {
    let missing: Vec<_> = coverage.missing.iter().map(window_json).collect();
    let thin: Vec<_> =
        coverage.thin.iter().map(|h| json!({"hour": instant(h.hour), "lines": h.lines, "usual": h.usual})).collect();
    let kinds = coverage.thin_kinds.iter();
    let kinds = kinds.map(|k| json!({"day": k.day, "type": k.event_type, "events": k.events, "usual": k.usual}));
    json!({
        "expected_hours": coverage.expected, "done_hours": coverage.done, "percent": coverage.percent(),
        "complete": coverage.is_complete(), "missing": missing, "thin": thin,
        "thin_kinds": kinds.collect::<Vec<_>>(),
        "unread": coverage.unread.iter().map(Unread::json).collect::<Vec<_>>(),
    })
}

/// A window for programs.
pub(super) fn window_json(window: &Window) -> Value {
    json!({"from": instant(window.from), "to": instant(window.to)})
}

/// RFC 3339.
pub(super) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other() {
        let rows = [vec!["1".into(), "ada".into(), "1,000".into()], vec!["10".into(), "eve".into(), "7".into()]];
        let text = table(&["rank", "login", "n"], &[true, false, true], &rows);
        assert_eq!(text, "rank  login      n\n   1  ada    1,000\n  10  eve        7\n");
    }

    #[test]
    fn counts_are_readable() {
        assert_eq!(
            (count(-1_234_567), plural(1, "hour"), plural(0, "hour")),
            ("-1,234,567".into(), "1 hour".into(), "0 hours".into())
        );
    }
}
