//! `/data`: what we know about what we know. Every hour of the window, the ledger,
//! lines that could not be read, and lines that say the same thing twice.

pub mod hour;
mod hours;

use askama::Template;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::PgConnection;

use self::hours::Hours;
use crate::stats::{
    self, Filter, LISTS, LedgerHour, LedgerSummary, Numbers, Page as Rows, QuarantinedLine, Reader, StatsError, Told,
    Window,
};
use crate::web::dashboard::{Dashboard, Table};
use crate::web::export::stamp;
use crate::web::filter::{Asked, Foot, ROWS, instant};
use crate::web::html::{self, filters};
use crate::web::{Layout, WebError, urls};

const PATH: &str = "/data";

/// Quarantined lines, and repositories without some numbers, shown.
const SOME: Rows = Rows { limit: 50, offset: 0 };

/// Repositories whose lists are shown.
const BESIDE: usize = 50;

/// Gaps put into words.
const GAPS: usize = 200;

/// The page.
#[derive(Debug, Template)]
#[template(path = "data/data.html")]
pub struct DataPage {
    layout: Layout,
    asked: Asked,
    shown: Option<Data>,
}

/// What is there, and what is not.
#[derive(Debug)]
pub struct Data {
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

impl Data {
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

impl Dashboard for Data {
    type Page = DataPage;
    const PATH: &'static str = PATH;
    const DRAWN: bool = false;

    async fn load(
        db: &mut Reader<'_>,
        asked: &Asked,
        filter: &Filter,
        rows: Rows,
        now: DateTime<Utc>,
    ) -> Result<Self, StatsError> {
        let window = Window { from: filter.window.first_hour(), to: filter.window.last_hour_end() };
        let filter = &Filter { window, ..filter.clone() };
        let coverage = filter.coverage(db, now).await?;
        Ok(Self {
            summary: stats::ledger_summary(db, window).await?,
            hours: Hours::of(&coverage, &|from, to| asked.data_url(from, to)),
            ledger: stats::ledger(db, window, rows).await?,
            quarantine: stats::quarantine(db, window, SOME).await?,
            unknown: stats::unknown_types(db, window).await?,
            numbers: numbers(db, filter).await?,
            told: stats::told(db, &filter.subject()).await?,
            foot: Foot::of::<Self>(asked, coverage),
        })
    }

    async fn page(
        _: &mut PgConnection,
        layout: Layout,
        asked: Asked,
        shown: Option<Self>,
    ) -> Result<DataPage, WebError> {
        Ok(DataPage { layout, asked, shown })
    }

    fn foot(&self) -> &Foot {
        &self.foot
    }

    /// The ledger.
    fn table(&self, _: &Asked) -> Table {
        let head = vec![
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
            let (scope, status) = (h.scope.as_str(), h.status.as_str());
            let mut cells =
                vec![stamp(h.hour).into(), scope.into(), status.into(), h.problem.as_deref().into(), h.bytes.into()];
            let counts = [h.lines, h.events, h.ids, h.bad_lines, h.unknown_lines, h.same_fact];
            cells.extend(counts.map(Value::from));
            cells
        };
        Table { head, rows: self.ledger.iter().map(row).collect() }
    }

    fn json(&self, asked: &Asked) -> Value {
        let sum = &self.summary;
        json!({
            "lines": sum.lines, "events": sum.events, "bad_lines": sum.bad_lines, "unknown_lines": sum.unknown_lines,
            "same_fact": sum.same_fact, "by_type": sum.by_type.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
            "numbers": self.numbers.as_ref().map(|all| all.iter().map(number_json).collect::<Vec<_>>()),
            "told": self.told.iter().map(Told::json).collect::<Vec<_>>(),
            "hours": self.table(asked).objects(),
        })
    }
}

fn number_json(numbers: &Numbers) -> Value {
    json!({
        "repository": numbers.name, "first": numbers.first, "last": numbers.last, "expected": numbers.expected(),
        "missing": numbers.missing, "absent": numbers.absent, "ranges": numbers.ranges,
    })
}

/// The missing numbers of what is asked for; of everything they would be too many.
async fn numbers(db: &mut PgConnection, filter: &Filter) -> Result<Option<Vec<Numbers>>, StatsError> {
    if filter.orgs.is_empty() && filter.repos.is_empty() {
        return Ok(None);
    }
    let names: (&[String], &[String]) = (&filter.orgs, &filter.repos);
    Ok(Some(stats::missing_numbers(db, names, filter.window, SOME).await?))
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
