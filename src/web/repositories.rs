//! `/repositories`: where it happens.

use askama::Template;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::stats::{self, Filter, Page as Rows, Reader, RepoCount, StatsError};
use crate::web::dashboard::{Dashboard, Table};
use crate::web::filter::{Asked, Foot, ROWS};
use crate::web::html::{self, filters};
use crate::web::{Layout, WebError, compare};

const PATH: &str = "/repositories";

/// The list.
#[derive(Debug, Template)]
#[template(path = "repositories.html")]
pub struct RepositoriesPage {
    layout: Layout,
    asked: Asked,
    shown: Option<Repositories>,
}

/// Where how much happened.
#[derive(Debug)]
pub struct Repositories {
    repositories: i64,
    contributions: i64,
    rows: Vec<RepoCount>,
    foot: Foot,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
impl RepositoriesPage {
    fn number(&self, index: &usize) -> i64 {
        self.asked.rows().offset + i64::try_from(*index).unwrap_or_default()
    }

    fn has_more(&self, shown: &Repositories) -> bool {
        self.asked.page * ROWS < shown.repositories
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
impl Repositories {
    fn compare_url(&self, asked: &Asked) -> String {
        compare::url(asked, "repo", self.rows.iter().map(|it| &*it.name))
    }

    fn share(&self, n: &i64) -> String {
        html::percent(*n, self.contributions)
    }
}

impl Dashboard for Repositories {
    type Page = RepositoriesPage;
    const PATH: &'static str = PATH;
    const DRAWN: bool = false;

    async fn load(
        db: &mut Reader<'_>,
        asked: &Asked,
        filter: &Filter,
        rows: Rows,
        now: DateTime<Utc>,
    ) -> Result<Self, StatsError> {
        let totals = stats::totals(db, filter).await?;
        Ok(Self {
            repositories: totals.repositories,
            contributions: totals.contributions,
            rows: stats::repositories(db, filter, rows).await?,
            foot: Foot::of::<Self>(asked, filter.coverage(db, now).await?),
        })
    }

    async fn page(
        _: &mut PgConnection,
        layout: Layout,
        asked: Asked,
        shown: Option<Self>,
    ) -> Result<RepositoriesPage, WebError> {
        Ok(RepositoriesPage { layout, asked, shown })
    }

    fn foot(&self) -> &Foot {
        &self.foot
    }

    fn table(&self, asked: &Asked) -> Table {
        let row =
            |r: &RepoCount| vec![r.name.as_str().into(), r.repo_id.into(), r.contributions.into(), r.people.into()];
        let head = vec!["repository", "github_id", asked.counted().name, "people"];
        Table { head, rows: self.rows.iter().map(row).collect() }
    }
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
