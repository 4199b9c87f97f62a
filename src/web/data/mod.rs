//! `/data`: what we know about what we know. Every hour of the window, the ledger,
//! lines that could not be read, and lines that say the same thing twice.

pub mod hour;
mod hours;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use self::hours::Hours;
use crate::app::App;
use crate::stats::{
    self, Filter, LISTS, LedgerHour, LedgerSummary, Numbers, Page as Rows, QuarantinedLine, StatsError, Subject, Told,
    Window,
};
use crate::web::filter::{Asked, Foot, ROWS, instant};
use crate::web::form::{Fields, QueryFields};
use crate::web::html::{self, filters};
use crate::web::state::Snapshot;
use crate::web::{Layout, Page, WebError, export, urls};

const PATH: &str = "/data";

/// Quarantined lines, and repositories without some numbers, shown.
const SOME: Rows = Rows { limit: 50, offset: 0 };

/// Repositories whose lists are shown.
const BESIDE: usize = 50;

/// Gaps put into words.
const GAPS: usize = 200;

#[derive(Debug, Template)]
#[template(path = "data/data.html")]
struct Data {
    layout: Layout,
    asked: Asked,
    shown: Option<Shown>,
}

#[derive(Debug)]
struct Shown {
    summary: LedgerSummary,
    hours: Hours,
    ledger: Vec<LedgerHour>,
    quarantine: Vec<QuarantinedLine>,
    unknown: Vec<(String, i64)>,
    /// Of the organisations and repositories asked for, if any are.
    numbers: Option<Vec<Numbers>>,
    told: Vec<Told>,
    foot: Foot,
}

impl Shown {
    fn has_more(&self) -> bool {
        i64::try_from(self.ledger.len()).unwrap_or_default() == ROWS
    }

    /// The verdict in a sentence.
    fn sentence(&self) -> String {
        let coverage = &self.foot.coverage;
        if coverage.is_complete() {
            return format!("Every hour of this window is here: {}.", coverage.sentence());
        }
        format!("{} of this window is here: {}.", coverage.percent(), coverage.sentence())
    }

    /// Until when GitHub's lists and git were read, of some repositories.
    fn beside(&self) -> (Vec<(&str, Vec<String>)>, bool) {
        let mut rows = stats::by_repository(&self.told);
        let has_more = rows.len() > BESIDE;
        rows.truncate(BESIDE);
        (rows, has_more)
    }

    /// How many lines state a fact that another line states.
    fn twice(&self) -> String {
        match self.summary.same_fact {
            0 => "Every line states a fact of its own.".into(),
            1 => {
                "1 line states a fact another line states too: it counts as an event, and its fact counts once.".into()
            }
            n => format!(
                "{} lines state a fact another line states too: they count as events, and each fact counts once.",
                html::thousands(n)
            ),
        }
    }

    /// The filters under which hours were read.
    fn sources(&self) -> Vec<String> {
        let mut scopes: Vec<_> = self.ledger.iter().map(|hour| hour.scope.clone()).collect();
        scopes.sort();
        scopes.dedup();
        let words = |scope: String| if scope == "*" { "everything".into() } else { format!("only {scope}") };
        scopes.into_iter().map(words).collect()
    }
}

/// Class and word of an hour's state.
pub(super) fn state(hour: &LedgerHour) -> (&'static str, &str) {
    match hour.status.as_str() {
        "done" => ("ok", "done"),
        other => ("bad", other),
    }
}

/// The page.
pub async fn show(
    layout: Layout,
    QueryFields(fields): QueryFields,
    mut snapshot: Snapshot,
) -> Result<Response, WebError> {
    let db = snapshot.db();
    let mut asked = Asked::read(db, fields).await?;
    let loaded = load(db, &asked, asked.rows(), layout.now).await;
    let shown = asked.answer(loaded)?;
    Ok((asked.status(), Page(Data { layout, asked, shown })).into_response())
}

/// The ledger.
pub async fn csv(
    State(app): State<App>,
    QueryFields(fields): QueryFields,
    mut snapshot: Snapshot,
) -> Result<Response, WebError> {
    let (_, shown) = exported(snapshot.db(), fields, app.clock.now()).await?;
    let head = [
        "hour",
        "scope",
        "status",
        "problem",
        "bytes",
        "lines",
        "events",
        "ids",
        "bad_lines",
        "unknown_lines",
        "same_fact",
    ];
    let row = |h: &LedgerHour| {
        let problem = h.problem.clone().unwrap_or_default();
        let mut cells = vec![stamp(h.hour), h.scope.clone(), h.status.clone(), problem, h.bytes.to_string()];
        cells.extend([h.lines, h.events, h.ids, h.bad_lines, h.unknown_lines, h.same_fact].map(|n| n.to_string()));
        cells
    };
    export::csv("data", &shown.foot, &head, shown.ledger.iter().map(row))
}

/// See [`csv()`].
pub async fn json(
    State(app): State<App>,
    QueryFields(fields): QueryFields,
    mut snapshot: Snapshot,
) -> Result<Response, WebError> {
    let (asked, shown) = exported(snapshot.db(), fields, app.clock.now()).await?;
    let hour = |h: &LedgerHour| {
        json!({
            "hour": stamp(h.hour), "scope": h.scope, "status": h.status, "problem": h.problem, "bytes": h.bytes,
            "lines": h.lines, "events": h.events, "ids": h.ids, "bad_lines": h.bad_lines,
            "unknown_lines": h.unknown_lines, "same_fact": h.same_fact,
        })
    };
    let sum = &shown.summary;
    let rows = json!({
        "lines": sum.lines, "events": sum.events, "bad_lines": sum.bad_lines, "unknown_lines": sum.unknown_lines,
        "same_fact": sum.same_fact, "by_type": sum.by_type.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
        "numbers": shown.numbers.as_ref().map(|all| all.iter().map(number_json).collect::<Vec<_>>()),
        "told": shown.told.iter().map(Told::json).collect::<Vec<_>>(),
        "hours": shown.ledger.iter().map(hour).collect::<Vec<_>>(),
    });
    Ok(export::json("data", &asked, &shown.foot, &rows))
}

fn number_json(numbers: &Numbers) -> serde_json::Value {
    json!({
        "repository": numbers.name, "first": numbers.first, "last": numbers.last, "expected": numbers.expected(),
        "missing": numbers.missing, "absent": numbers.absent, "ranges": numbers.ranges,
    })
}

async fn exported(db: &mut PgConnection, fields: Fields, now: DateTime<Utc>) -> Result<(Asked, Shown), WebError> {
    let asked = Asked::read(db, fields).await?;
    let loaded = load(db, &asked, Rows { limit: export::MOST_ROWS, offset: 0 }, now).await;
    asked.export(loaded)
}

async fn load(
    db: &mut PgConnection,
    asked: &Asked,
    rows: Rows,
    now: DateTime<Utc>,
) -> Result<Option<Shown>, StatsError> {
    let Some(filter) = &asked.filter else { return Ok(None) };
    let window = Window { from: filter.window.first_hour(), to: filter.window.last_hour_end() };
    let filter = &Filter { window, ..filter.clone() };
    let coverage = filter.coverage(db, now).await?;
    Ok(Some(Shown {
        summary: stats::ledger_summary(db, window).await?,
        hours: Hours::of(&coverage, &|from, to| asked.data_url(from, to)),
        ledger: stats::ledger(db, window, rows).await?,
        quarantine: stats::quarantine(db, window, SOME).await?,
        unknown: stats::unknown_types(db, window).await?,
        numbers: numbers(db, filter).await?,
        told: stats::told(db, &Subject::new(&filter.orgs, &filter.repos)).await?,
        foot: Foot::of(asked, coverage, PATH, &["CSV", "JSON"]),
    }))
}

/// The missing numbers of what is asked for; of everything they would be too many.
async fn numbers(db: &mut PgConnection, filter: &Filter) -> Result<Option<Vec<Numbers>>, StatsError> {
    if filter.orgs.is_empty() && filter.repos.is_empty() {
        return Ok(None);
    }
    let names: (&[String], &[String]) = (&filter.orgs, &filter.repos);
    Ok(Some(stats::missing_numbers(db, names, filter.window, SOME).await?))
}

fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// The data page of one range.
fn range_url(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let (from, to) = (instant(from), instant(to));
    urls::with_query(PATH, [("from", from.as_str()), ("to", to.as_str())])
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use crate::web::fixture;
    use crate::web::router::tests::{get_from, page, site, text, words};

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_lost_hour_is_marked_by_more_than_colour_and_its_reason_is_told(pool: PgPool) {
        fixture::three_hours(&pool).await;
        let page = page(&site(pool), "/data").await;
        assert_eq!(words(&page, ".hours td.missing"), ["✕ missing"]);
        assert_eq!(words(&page, ".hours td.done").len(), 2);
        assert!(words(&page, "#ledger tbody tr")[1].contains("failed the file ends in the middle"));
        assert_eq!(words(&page, "#quarantine tbody code"), ["<b>oops"]);
        assert_eq!(words(&page, "#twice")[0].split(':').next(), Some("1 line states a fact another line states too"));
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn the_ledger_is_there_for_programs(pool: PgPool) {
        fixture::three_hours(&pool).await;
        let site = site(pool);
        assert!(
            text(get_from(&site, "/data.csv").await)
                .await
                .contains("2016-01-01T02:00:00Z,*,failed,the file ends in the middle,0,")
        );
        let json: serde_json::Value = serde_json::from_str(&text(get_from(&site, "/data.json").await).await).unwrap();
        assert_eq!(json["coverage"]["missing"][0]["from"], "2016-01-01T02:00:00Z");
    }
}
