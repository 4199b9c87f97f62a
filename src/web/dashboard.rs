//! A dashboard: one question under a filter, answered as a page and, at the same
//! address, as `.csv`, `.json` and `.svg`. A page file says what it asks and how the
//! answer looks; everything around that is here.

use std::future::Future;

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;

use crate::app::App;
use crate::stats::{Filter, Page as Rows, Reader, StatsError};
use crate::web::filter::{Asked, Foot};
use crate::web::form::{Fields, QueryFields};
use crate::web::state::Snapshot;
use crate::web::{Layout, Page, WebError, WebState, export};

/// The answer to a question, and how it looks.
pub trait Dashboard: Sized + Send {
    /// Its page.
    type Page: Template;
    /// The address of its exports, without an ending.
    const PATH: &'static str;
    /// The address of its page.
    const PAGE: &'static str = Self::PATH;
    /// Whether there is a drawing of it.
    const DRAWN: bool = true;

    /// Asks the database; `rows` is how much of a long list is wanted.
    fn load(
        db: &mut Reader<'_>,
        asked: &Asked,
        filter: &Filter,
        rows: Rows,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Self, StatsError>> + Send;

    /// Its page; without an answer one that says why there is none.
    fn page(
        db: &mut PgConnection,
        layout: Layout,
        asked: Asked,
        shown: Option<Self>,
    ) -> impl Future<Output = Result<Self::Page, WebError>> + Send;

    /// What stands under it.
    fn foot(&self) -> &Foot;

    /// Its rows for programs.
    fn table(&self, asked: &Asked) -> Table;

    /// What its JSON holds: the rows, unless there is more to say.
    fn json(&self, asked: &Asked) -> Value {
        self.table(asked).objects()
    }

    /// The drawing as a file of its own.
    fn svg(self) -> String {
        String::new()
    }

    /// What its exports are called.
    fn name() -> String {
        Self::PATH.trim_start_matches('/').replace('/', "-")
    }

    /// The endings that its foot links to.
    fn endings() -> &'static [&'static str] {
        if Self::DRAWN { &["CSV", "JSON", "SVG"] } else { &["CSV", "JSON"] }
    }
}

/// Rows with named columns: lines of a CSV file, or objects of a JSON list.
#[derive(Debug)]
pub struct Table {
    pub head: Vec<&'static str>,
    pub rows: Vec<Vec<Value>>,
}

impl Table {
    /// The rows as objects.
    pub fn objects(&self) -> Value {
        let object = |row: &Vec<Value>| -> Value {
            self.head.iter().zip(row).map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
        };
        self.rows.iter().map(object).collect()
    }
}

/// A value as a cell: nothing for null, a text without its quotes, 1 for 1.0.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) => {
            number.as_f64().filter(|_| number.is_f64()).map_or(number.to_string(), |n| n.to_string())
        }
        other => other.to_string(),
    }
}

/// Addresses, each with what answers there.
pub type Routes = Vec<(String, MethodRouter<WebState>)>;

/// A dashboard's addresses.
pub fn routes<D: Dashboard + 'static>() -> Routes {
    let at = |ending: &str| format!("{}.{ending}", D::PATH);
    let page = (D::PAGE.to_owned(), get(show::<D>));
    let files = [(at("csv"), get(csv::<D>)), (at("json"), get(json::<D>))];
    let drawing = D::DRAWN.then(|| (at("svg"), get(svg::<D>)));
    [page].into_iter().chain(files).chain(drawing).collect()
}

async fn show<D: Dashboard>(
    layout: Layout,
    QueryFields(fields): QueryFields,
    mut snapshot: Snapshot,
) -> Result<Response, WebError> {
    let db = &mut snapshot.reader();
    let mut asked = Asked::read(db, fields).await?;
    let loaded = load::<D>(db, &asked, asked.rows(), layout.now).await;
    let shown = asked.answer(loaded)?;
    let status = asked.status();
    Ok((status, Page(D::page(db, layout, asked, shown).await?)).into_response())
}

async fn csv<D: Dashboard>(
    State(app): State<App>,
    QueryFields(fields): QueryFields,
    mut snapshot: Snapshot,
) -> Result<Response, WebError> {
    let (asked, shown) = exported::<D>(&mut snapshot.reader(), fields, app.clock.now()).await?;
    let Table { head, rows } = shown.table(&asked);
    export::csv(&D::name(), shown.foot(), &head, rows.iter().map(|row| row.iter().map(cell).collect()))
}

async fn json<D: Dashboard>(
    State(app): State<App>,
    QueryFields(fields): QueryFields,
    mut snapshot: Snapshot,
) -> Result<Response, WebError> {
    let (asked, shown) = exported::<D>(&mut snapshot.reader(), fields, app.clock.now()).await?;
    Ok(export::json(&D::name(), &asked, shown.foot(), &shown.json(&asked)))
}

async fn svg<D: Dashboard>(
    State(app): State<App>,
    QueryFields(fields): QueryFields,
    mut snapshot: Snapshot,
) -> Result<Response, WebError> {
    let (_, shown) = exported::<D>(&mut snapshot.reader(), fields, app.clock.now()).await?;
    let foot = shown.foot().clone();
    Ok(export::svg(&D::name(), &foot, shown.svg()))
}

async fn exported<D: Dashboard>(
    db: &mut Reader<'_>,
    fields: Fields,
    now: DateTime<Utc>,
) -> Result<(Asked, D), WebError> {
    let asked = Asked::read(db, fields).await?;
    let loaded = load::<D>(db, &asked, Rows { limit: export::MOST_ROWS, offset: 0 }, now).await;
    asked.export(loaded)
}

async fn load<D: Dashboard>(
    db: &mut Reader<'_>,
    asked: &Asked,
    rows: Rows,
    now: DateTime<Utc>,
) -> Result<Option<D>, StatsError> {
    match &asked.filter {
        Some(filter) => D::load(db, asked, filter, rows, now).await.map(Some),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use serde_json::json;
    use sqlx::PgPool;

    use super::*;
    use crate::web::fixture;
    use crate::web::router::DASHBOARDS;
    use crate::web::router::tests::{get_from, site, text};
    use crate::web::urls::with_query;

    const FIELDS: &[&str] =
        &["from", "to", "metric", "by", "org", "repo", "group", "company", "bots", "min", "page", "of", "with", "q"];

    fn addresses() -> impl Iterator<Item = String> {
        DASHBOARDS.iter().flat_map(|routes| routes()).map(|(path, _)| path)
    }

    /// `SECRECY.md`, row 36.
    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn whatever_a_filter_says_stays_a_value(pool: PgPool) {
        fixture::three_hours(&pool).await;
        let site = site(pool.clone());
        let long = "9".repeat(2000);
        let words = [
            "'",
            "''",
            "\"",
            "\\",
            "\\'; drop table fact; --",
            "'; drop table fact; --",
            "x'); delete from fact where ('1'='1",
            "' or '1'='1",
            "1 or 1=1",
            "1; select pg_sleep(30)",
            "' union select cookie from session --",
            "$1",
            "{1,2}",
            "%",
            "_",
            "\0",
            "\u{202e}",
            "contributions; drop table fact",
            "month') from fact; --",
            "{{7*7}}",
            "../../etc/passwd",
            "262143-12-31",
            "-9223372036854775808",
            &long,
        ];
        let others = ["/people/ada", "/search", "/groups", "/badges/stars.svg", "/api/v1/people", "/api/v1/series"];
        let paths: Vec<String> = addresses().chain(others.map(str::to_owned)).collect();
        let fields =
            FIELDS.iter().enumerate().flat_map(|(n, field)| words.iter().enumerate().map(move |w| (n, *field, w)));
        // Every word in every field, each at one of the addresses in turn.
        for (n, field, (w, word)) in fields {
            let path = with_query(&paths[(n * words.len() + w) % paths.len()], [(field, *word)]);
            let status = get_from(&site, &path).await.status();
            assert!([200, 400, 404, 422].contains(&status.as_u16()), "{path}: {status}");
        }
        for word in words {
            for path in
                ["/people/", "/data/", "/badges/"].map(|path| format!("{path}{}", crate::web::urls::encode(word)))
            {
                let status = get_from(&site, &path).await.status();
                assert!([200, 303, 307, 404, 422].contains(&status.as_u16()), "{path}: {status}");
            }
        }
        let facts: i64 = sqlx::query_scalar("select count(*) from fact").fetch_one(&pool).await.unwrap();
        assert_eq!(facts, 5);
    }

    /// `SECRECY.md`, row 37.
    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn the_widest_questions_are_cut_short_or_refused(pool: PgPool) {
        fixture::three_hours(&pool).await;
        let site = site(pool.clone());
        let repos: Vec<_> = std::iter::repeat_n(("repo", "engine/core"), 101).collect();
        let refused = [
            with_query("/", [("from", "0001-01-01")]),
            with_query("/", [("to", "9999-12-31")]),
            with_query("/", [("from", "2000-01-01"), ("by", "hour")]),
            with_query("/", [("min", "99999999999999999999")]),
            with_query("/", [("page", "1000001")]),
            with_query("/", repos.iter().copied()),
        ];
        for path in refused {
            assert_eq!(get_from(&site, &path).await.status(), StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        }
        let widest = [("from", "1970-01-01"), ("to", "2100-12-31"), ("by", "month"), ("page", "1000000")];
        for path in addresses() {
            let answer = get_from(&site, &with_query(&path, widest)).await;
            assert_eq!(answer.status(), StatusCode::OK, "{path}");
            assert!(text(answer).await.len() < 2_000_000, "{path}");
        }
        assert_eq!(get_from(&site, &with_query("/", repos.iter().copied().take(100))).await.status(), StatusCode::OK);
        // What is still slow ends before anybody has to come and end it.
        let mut snapshot = crate::db::snapshot(&pool).await.unwrap();
        let end: String = sqlx::query_scalar("show statement_timeout").fetch_one(&mut *snapshot).await.unwrap();
        assert_eq!(end, "20s");
    }

    /// `SECRECY.md`, row 38.
    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn no_cell_of_any_file_begins_a_formula(pool: PgPool) {
        fixture::three_hours(&pool).await;
        for sql in [
            "update affiliation set company = '=HYPERLINK(\"http://example.org\")'",
            "update actor set login = '@SUM(A1)' where actor_id = 1",
            "update repo set name = '-1+1/x'",
            "update archive_hour set problem = '+1' where status = 'failed'",
        ] {
            sqlx::query(sql).execute(&pool).await.unwrap();
        }
        let site = site(pool);
        let mut quoted = 0;
        for path in addresses().filter(|path| path.rsplit('.').next() == Some("csv")) {
            let file = text(get_from(&site, &path).await).await;
            for record in csv::Reader::from_reader(file.as_bytes()).records() {
                for cell in &record.unwrap() {
                    assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{path}: {cell}");
                    quoted += i32::from(cell.starts_with('\''));
                }
            }
        }
        assert!(quoted >= 4, "{quoted}");
    }

    #[test]
    fn one_table_is_both_cells_and_objects() {
        let table = Table { head: vec!["who", "n", "company"], rows: vec![vec!["ada".into(), 3.into(), Value::Null]] };
        assert_eq!(table.objects(), json!([{ "who": "ada", "n": 3, "company": null }]));
        assert_eq!(table.rows[0].iter().map(cell).collect::<Vec<_>>(), ["ada", "3", ""]);
    }
}
