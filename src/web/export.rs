//! The numbers of a page for programs: CSV, JSON and SVG at the same address,
//! each saying of when they are, how complete, and by which definition.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::stats::{self, Coverage, Filter, Metric, Unread, Window};
use crate::web::WebError;
use crate::web::filter::{Asked, Foot};

/// Most rows of one export.
pub const MOST_ROWS: i64 = 100_000;

/// A drawing may carry its own colours; still nothing is loaded and nothing runs.
const SVG_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";

/// A table with the foot of its page.
pub fn csv(
    name: &str,
    foot: &Foot,
    head: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
) -> Result<Response, WebError> {
    let head = head.iter().map(|word| (*word).to_owned()).collect();
    Ok(with_foot(table(std::iter::once(head).chain(rows))?, foot, name, "csv"))
}

/// A table, its head first, as RFC 4180: no cell can be taken for a formula.
pub fn table(rows: impl Iterator<Item = Vec<String>>) -> Result<Response, WebError> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row.iter().map(|cell| harmless(cell))).map_err(|error| WebError::Internal(error.into()))?;
    }
    let body = writer.into_inner().map_err(|error| WebError::Internal(anyhow::anyhow!("{error}")))?;
    Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present")], body).into_response())
}

/// Rows as JSON, with everything the headers say inside.
pub fn json(name: &str, asked: &Asked, foot: &Foot, rows: &Value) -> Response {
    let rows = [(name, rows)].into_iter().collect();
    with_foot(Json(Told { about: About::of(asked, foot), rows }).into_response(), foot, name, "json")
}

#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    about: About,
    #[serde(flatten)]
    rows: BTreeMap<&'a str, &'a Value>,
}

/// What stands beside all numbers for programs.
#[derive(Debug, Serialize, ToSchema)]
pub struct About {
    window: Span,
    /// The end of the latest hour there is.
    as_of: Option<DateTime<Utc>>,
    coverage: Known,
    pub definition: Definition,
    filter: Option<InForce>,
}

/// From when, inside, to when, outside.
#[derive(Debug, Serialize, ToSchema)]
struct Span {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

/// How much is there of the window.
#[derive(Debug, Serialize, ToSchema)]
struct Known {
    complete: bool,
    expected_hours: i64,
    done_hours: i64,
    /// Rounded down: only the whole reads "100 %".
    percent: String,
    sentence: String,
    missing: Vec<Span>,
    /// Hours that are nearly empty.
    thin: Vec<ThinHour>,
    /// Kinds of which some repositories are not known.
    #[schema(value_type = Vec<Object>)]
    unread: Vec<Value>,
    /// Days that lost nearly everything of one type.
    thin_kinds: Vec<ThinKind>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ThinHour {
    hour: DateTime<Utc>,
    lines: i32,
    /// Lines of an ordinary hour of those days.
    usual: i32,
}

#[derive(Debug, Serialize, ToSchema)]
struct ThinKind {
    day: NaiveDate,
    #[serde(rename = "type")]
    event_type: String,
    events: i64,
    /// Of an ordinary day of those weeks.
    usual: i64,
}

/// What is counted.
#[derive(Debug, Serialize, ToSchema)]
pub struct Definition {
    pub name: &'static str,
    pub label: &'static str,
    pub sentence: &'static str,
}

/// The filter in force.
#[derive(Debug, Serialize, ToSchema)]
struct InForce {
    org: Vec<String>,
    repo: Vec<String>,
    group: Option<String>,
    company: Option<String>,
    bots: bool,
    min: i64,
}

impl About {
    /// What stands under a page, for programs.
    pub fn of(asked: &Asked, foot: &Foot) -> Self {
        let Metric { name, label, definition, .. } = foot.metric;
        Self {
            window: foot.coverage.window.into(),
            as_of: foot.coverage.as_of,
            coverage: Known::from(&foot.coverage),
            definition: Definition { name, label, sentence: definition },
            filter: asked.filter.clone().map(|it| InForce::of(it, asked.min)),
        }
    }
}

impl InForce {
    fn of(Filter { orgs: org, repos: repo, group, company, bots, .. }: Filter, min: i64) -> Self {
        Self { org, repo, group, company, bots, min }
    }
}

impl From<Window> for Span {
    fn from(Window { from, to }: Window) -> Self {
        Self { from, to }
    }
}

impl From<&Coverage> for Known {
    fn from(it: &Coverage) -> Self {
        let hour = |thin: &stats::ThinHour| ThinHour { hour: thin.hour, lines: thin.lines, usual: thin.usual };
        Self {
            complete: it.is_complete(),
            expected_hours: it.expected,
            done_hours: it.done,
            percent: it.percent(),
            sentence: it.sentence(),
            missing: it.missing.iter().copied().map(Span::from).collect(),
            thin: it.thin.iter().map(hour).collect(),
            unread: it.unread.iter().map(Unread::json).collect(),
            thin_kinds: it.thin_kinds.iter().cloned().map(ThinKind::from).collect(),
        }
    }
}

impl From<stats::ThinKind> for ThinKind {
    fn from(stats::ThinKind { day, event_type, events, usual }: stats::ThinKind) -> Self {
        Self { day, event_type, events, usual }
    }
}

/// A drawing as a file.
pub fn svg(name: &str, foot: &Foot, drawing: String) -> Response {
    let headers = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CONTENT_SECURITY_POLICY, SVG_POLICY)];
    with_foot((headers, drawing).into_response(), foot, name, "svg")
}

/// An instant for programs: RFC 3339, in UTC, to the second.
pub fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn with_foot(response: Response, foot: &Foot, name: &str, ending: &str) -> Response {
    let mut response = said(response, foot);
    if let Ok(value) = HeaderValue::from_str(&format!("inline; filename=\"hustings-{name}.{ending}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// Adds the foot of a page as headers.
pub fn said(mut response: Response, foot: &Foot) -> Response {
    let as_of = foot.coverage.as_of.map(stamp).unwrap_or_default();
    let coverage = format!("{}; {}", foot.coverage.percent(), foot.coverage.sentence());
    let headers = response.headers_mut();
    for (name, value) in [
        (HeaderName::from_static("hustings-as-of"), as_of),
        (HeaderName::from_static("hustings-coverage"), coverage),
        (HeaderName::from_static("hustings-definition"), format!("/definitions#{}", foot.metric.name)),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}

/// A cell that a spreadsheet reads as text, whatever it begins with.
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_begins_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(harmless(cell), format!("'{cell}"));
        }
        assert_eq!(harmless("ada-lovelace"), "ada-lovelace");
    }
}
