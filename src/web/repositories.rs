//! `/repositories`: where it happens.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use crate::app::App;
use crate::stats::{self, Page as Rows, RepoCount, StatsError};
use crate::web::filter::{Asked, Foot, ROWS};
use crate::web::form::{Fields, QueryFields};
use crate::web::html::{self, filters};
use crate::web::state::Snapshot;
use crate::web::{Layout, Page, WebError, export, urls};

const PATH: &str = "/repositories";

#[derive(Debug, Template)]
#[template(path = "repositories.html")]
struct Repositories {
    layout: Layout,
    asked: Asked,
    shown: Option<Shown>,
}

#[derive(Debug)]
struct Shown {
    repositories: i64,
    contributions: i64,
    rows: Vec<RepoCount>,
    foot: Foot,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
impl Repositories {
    fn number(&self, index: &usize) -> i64 {
        self.asked.rows().offset + i64::try_from(*index).unwrap_or_default()
    }

    /// The people of one repository, in the same window.
    fn people_url(&self, name: &str) -> String {
        let rest = self.asked.fields.pairs().filter(|(n, _)| !matches!(*n, "repo" | "org" | "page"));
        urls::with_query("/people", rest.chain([("repo", name)]))
    }

    fn has_more(&self, shown: &Shown) -> bool {
        self.asked.page * ROWS < shown.repositories
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
impl Shown {
    fn share(&self, n: &i64) -> String {
        html::percent(*n, self.contributions)
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
    Ok((asked.status(), Page(Repositories { layout, asked, shown })).into_response())
}

/// All of them.
pub async fn csv(
    State(app): State<App>,
    QueryFields(fields): QueryFields,
    mut snapshot: Snapshot,
) -> Result<Response, WebError> {
    let (asked, shown) = exported(snapshot.db(), fields, app.clock.now()).await?;
    let row =
        |r: &RepoCount| vec![r.name.clone(), r.repo_id.to_string(), r.contributions.to_string(), r.people.to_string()];
    let head = ["repository", "github_id", asked.counted().name, "people"];
    export::csv("repositories", &shown.foot, &head, shown.rows.iter().map(row))
}

/// See [`csv()`].
pub async fn json(
    State(app): State<App>,
    QueryFields(fields): QueryFields,
    mut snapshot: Snapshot,
) -> Result<Response, WebError> {
    let (asked, shown) = exported(snapshot.db(), fields, app.clock.now()).await?;
    let row = |r: &RepoCount| json!({ "repository": r.name, "github_id": r.repo_id, asked.counted().name: r.contributions, "people": r.people });
    let rows = shown.rows.iter().map(row).collect();
    Ok(export::json("repositories", &asked, &shown.foot, &rows))
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
    let totals = stats::totals(db, filter).await?;
    Ok(Some(Shown {
        repositories: totals.repositories,
        contributions: totals.contributions,
        rows: stats::repositories(db, filter, rows).await?,
        foot: Foot::of(asked, filter.coverage(db, now).await?, PATH, &["CSV", "JSON"]),
    }))
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use crate::web::fixture;
    use crate::web::router::tests::{get_from, page, site, text, words};

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_repository_leads_to_its_people_in_the_same_window(pool: PgPool) {
        fixture::three_hours(&pool).await;
        let site = site(pool);
        let page = page(&site, "/repositories?from=2016-01-01").await;
        assert_eq!(words(&page, "a[href='/people?from=2016-01-01&repo=engine%2Fcore']"), ["2"]);
        let csv = text(get_from(&site, "/repositories.csv").await).await;
        assert_eq!(csv, "repository,github_id,contributions,people\r\nengine/core,10,4,2\r\n");
    }
}
