//! `/data/{hour}`: what is known of one hour, and what can be done about it.

use askama::Template;
use axum::extract::Path;
use chrono::{DateTime, TimeDelta, Utc};

use super::range_url;
use crate::stats::{self, KnownHour, LedgerHour, window::hour_of};
use crate::web::html::filters;
use crate::web::state::Snapshot;
use crate::web::{Layout, Page, WebError};

#[derive(Debug, Template)]
#[template(path = "data/hour.html")]
pub struct HourPage {
    layout: Layout,
    hour: DateTime<Utc>,
    known: KnownHour,
}

impl HourPage {
    fn end(&self) -> DateTime<Utc> {
        self.hour + TimeDelta::hours(1)
    }

    fn before(&self) -> String {
        url(self.hour - TimeDelta::hours(1))
    }

    fn after(&self) -> Option<String> {
        (self.end() <= self.layout.now).then(|| url(self.end()))
    }

    fn day_url(&self) -> String {
        let day = stats::window::midnight(self.hour.date_naive());
        range_url(day, day + TimeDelta::days(1))
    }

    /// Class and sentence.
    fn verdict(&self) -> (&'static str, String) {
        let coverage = &self.known.coverage;
        if let Some(thin) = coverage.thin.first() {
            let (lines, usual) = (thin.lines, thin.usual);
            return (
                "warn",
                format!("This hour is nearly empty: {lines} lines, where {usual} are usual in these days."),
            );
        }
        if let Some(kind) = coverage.thin_kinds.first().filter(|_| coverage.done == coverage.expected) {
            return ("warn", format!("This hour was read, but its day is nearly without {kind}."));
        }
        if let Some(unread) = coverage.unread.first() {
            return ("warn", format!("This hour was read, but no source has told of its {}.", unread.kind.label()));
        }
        match (coverage.expected, self.known.ledger.as_slice()) {
            (0, _) => ("", "This hour has not begun yet.".into()),
            _ if coverage.is_complete() => ("", "This hour was read whole.".into()),
            (_, []) => ("bad", "Nobody has looked for this hour yet.".into()),
            (_, rows) if rows.iter().all(|row| row.status == "missing") => {
                ("bad", "This hour was looked for, and its source does not have it.".into())
            }
            _ => ("bad", "This hour is not here whole.".into()),
        }
    }

    fn to_do(&self) -> Option<String> {
        let coverage = &self.known.coverage;
        let instant = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H").to_string();
        (coverage.expected > 0 && !coverage.is_complete())
            .then(|| format!("hustings heal --from {} --to {}", instant(self.hour), instant(self.end())))
    }

    fn sum(row: &LedgerHour) -> String {
        row.sha256.as_ref().map(hex::encode).unwrap_or_default()
    }
}

/// The page of an hour.
pub fn url(hour: DateTime<Utc>) -> String {
    hour.format("/data/%Y-%m-%dT%H").to_string()
}

/// The page.
pub async fn show(
    Path(hour): Path<String>,
    layout: Layout,
    mut snapshot: Snapshot,
) -> Result<Page<HourPage>, WebError> {
    let unknown = |_| WebError::not_found("This is not an hour: write one like 2016-01-01T15.");
    let hour = hour_of(stats::parse_instant(&hour).map_err(unknown)?);
    let known = stats::known_hour(snapshot.db(), hour, layout.now).await?;
    let layout = layout.crumb("Data", super::PATH);
    Ok(Page(HourPage { layout, hour, known }))
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use sqlx::PgPool;

    use crate::web::fixture;
    use crate::web::router::tests::{get_from, page, site, words};

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn an_hour_says_what_is_known_of_it_and_what_to_do(pool: PgPool) {
        fixture::three_hours(&pool).await;
        let site = site(pool);
        let lost = page(&site, "/data/2016-01-01T02").await;
        assert_eq!(words(&lost, "#verdict"), ["This hour is not here whole."]);
        assert!(words(&lost, "#ledger td")[1].contains("failed"));
        assert_eq!(words(&lost, "#heal code"), ["hustings heal --from 2016-01-01T02 --to 2016-01-01T03"]);
        let read = page(&site, "/data/2016-01-01T01").await;
        assert_eq!(words(&read, "#verdict"), ["This hour was read whole."]);
        assert_eq!(words(&read, "#sources td"), ["archive", "4", "4"]);
        assert_eq!(words(&read, "#quarantine code"), ["<b>oops"]);
        let nobody = page(&site, "/data/2016-01-01T05").await;
        assert_eq!(words(&nobody, "#verdict"), ["Nobody has looked for this hour yet."]);
        assert_eq!(words(&page(&site, "/data/2026-10-02").await, "#verdict"), ["This hour has not begun yet."]);
        assert_eq!(get_from(&site, "/data/yesterday").await.status(), StatusCode::NOT_FOUND);
    }
}
