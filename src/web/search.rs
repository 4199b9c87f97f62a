//! `/search?q=`: people and repositories by a part of their name.

use askama::Template;

use crate::people::store::{Found, find};
use crate::stats::find_repositories;
use crate::web::form::QueryFields;
use crate::web::state::Snapshot;
use crate::web::{Layout, Page, WebError, urls};

/// Most results of each sort.
const MOST: i64 = 20;

#[derive(Debug, Template)]
#[template(path = "search.html")]
pub struct Search {
    layout: Layout,
    text: String,
    people: Vec<Found>,
    repositories: Vec<String>,
}

impl Search {
    fn is_empty(&self) -> bool {
        self.people.is_empty() && self.repositories.is_empty()
    }

    #[expect(clippy::unused_self, reason = "called from the template")]
    fn repository_url(&self, name: &str) -> String {
        urls::with_query("/people", [("repo", name)])
    }
}

/// The page.
pub async fn show(
    layout: Layout,
    QueryFields(fields): QueryFields,
    mut snapshot: Snapshot,
) -> Result<Page<Search>, WebError> {
    let text: String = fields.get("q").chars().take(100).collect();
    if text.is_empty() {
        return Ok(Page(Search { layout, text, people: Vec::new(), repositories: Vec::new() }));
    }
    let people = find(snapshot.db(), &text, MOST).await?;
    let repositories = find_repositories(snapshot.db(), &text, MOST).await?;
    Ok(Page(Search { layout, text, people, repositories }))
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use crate::web::fixture;
    use crate::web::router::tests::{page, site, words};

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn people_are_found_under_former_logins_and_repositories_by_either_half(pool: PgPool) {
        fixture::three_hours(&pool).await;
        let site = site(pool);
        let lovelace = page(&site, "/search?q=LOVEL").await;
        assert_eq!(words(&lovelace, "#people li"), ["ada seen as lovelace"]);
        assert_eq!(words(&page(&site, "/search?q=core").await, "#repositories a"), ["engine/core"]);
        assert_eq!(words(&page(&site, "/search?q=%25").await, "h2"), ["Nothing is called “%”"]);
    }
}
