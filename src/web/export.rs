//! The numbers of a page for programs: CSV, JSON and SVG at the same address,
//! each saying of when they are, how complete, and by which definition.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::stats::{ThinKind, Unread, Window};
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
    let coverage = &foot.coverage;
    let body = json!({
        "window": window(coverage.window),
        "as_of": coverage.as_of.map(instant),
        "coverage": {
            "complete": coverage.is_complete(), "expected_hours": coverage.expected, "done_hours": coverage.done,
            "percent": coverage.percent(), "sentence": coverage.sentence(),
            "missing": coverage.missing.iter().copied().map(window).collect::<Vec<_>>(),
            "thin": coverage.thin.iter().map(|h| json!({"hour": instant(h.hour), "lines": h.lines, "usual": h.usual}))
                .collect::<Vec<_>>(),
            "unread": coverage.unread.iter().map(Unread::json).collect::<Vec<_>>(),
            "thin_kinds": coverage.thin_kinds.iter().map(kind).collect::<Vec<_>>(),
        },
        "definition": { "name": foot.metric.name, "label": foot.metric.label, "sentence": foot.metric.definition },
        "filter": asked.filter.as_ref().map(|f| json!({
            "org": f.orgs, "repo": f.repos, "group": f.group, "company": f.company, "bots": f.bots, "min": asked.min,
        })),
        name: rows,
    });
    with_foot(Json(body).into_response(), foot, name, "json")
}

/// A drawing as a file.
pub fn svg(name: &str, foot: &Foot, drawing: String) -> Response {
    let headers = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CONTENT_SECURITY_POLICY, SVG_POLICY)];
    with_foot((headers, drawing).into_response(), foot, name, "svg")
}

fn window(window: Window) -> Value {
    json!({ "from": instant(window.from), "to": instant(window.to) })
}

fn kind(kind: &ThinKind) -> Value {
    json!({"day": kind.day, "type": kind.event_type, "events": kind.events, "usual": kind.usual})
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn with_foot(mut response: Response, foot: &Foot, name: &str, ending: &str) -> Response {
    let as_of = foot.coverage.as_of.map(instant).unwrap_or_default();
    let coverage = format!("{}; {}", foot.coverage.percent(), foot.coverage.sentence());
    let headers = response.headers_mut();
    for (name, value) in [
        (HeaderName::from_static("hustings-as-of"), as_of),
        (HeaderName::from_static("hustings-coverage"), coverage),
        (HeaderName::from_static("hustings-definition"), format!("/definitions#{}", foot.metric.name)),
        (header::CONTENT_DISPOSITION, format!("inline; filename=\"hustings-{name}.{ending}\"")),
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
