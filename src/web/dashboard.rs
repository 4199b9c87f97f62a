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
    use serde_json::json;

    use super::*;

    #[test]
    fn one_table_is_both_cells_and_objects() {
        let table = Table { head: vec!["who", "n", "company"], rows: vec![vec!["ada".into(), 3.into(), Value::Null]] };
        assert_eq!(table.objects(), json!([{ "who": "ada", "n": 3, "company": null }]));
        assert_eq!(table.rows[0].iter().map(cell).collect::<Vec<_>>(), ["ada", "3", ""]);
    }
}
