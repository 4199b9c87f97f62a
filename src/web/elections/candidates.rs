//! `/elections/{slug}/candidates/{id}`: one candidate, in their own words.

use askama::Template;
use axum::extract::Path;

use crate::election::{self, Candidate, Election};
use crate::web::elections as shared;
use crate::web::markdown::{SafeHtml, markdown};
use crate::web::state::Snapshot;
use crate::web::{Layout, Page, Visitor, WebError, urls};

/// A candidate.
#[derive(Debug, Template)]
#[template(path = "elections/candidates.html")]
pub struct CandidatePage {
    layout: Layout,
    election: Election,
    candidate: Candidate,
}

impl CandidatePage {
    fn bio(&self) -> SafeHtml {
        markdown(&self.candidate.bio)
    }

    fn github(&self) -> Option<(String, String)> {
        let login = self.candidate.login.as_ref()?;
        let label = self.layout.say("election.candidates.github", &["login"], &[login]);
        Some((urls::github(login), label))
    }

    fn nominated_by(&self) -> String {
        if self.candidate.is_self_nominated() {
            return self.layout.t("election.candidates.nominated_self");
        }
        self.layout.say("election.candidates.nominated_by", &["who"], &[&self.candidate.nominated_by])
    }
}

/// Shows a candidate who has accepted.
pub async fn show(
    Path((slug, id)): Path<(String, String)>,
    visitor: Visitor,
    layout: Layout,
    mut snapshot: Snapshot,
) -> Result<Page<CandidatePage>, WebError> {
    let nobody = || WebError::not_found("There is no candidate at this address.");
    let id = id.parse().map_err(|_| nobody())?;
    let election = shared::find(snapshot.db(), &slug, layout.now, &visitor).await?;
    let found = election::candidate(snapshot.db(), election.election_id, id).await?;
    let candidate = found.filter(|c| c.accepted_at.is_some()).ok_or_else(nobody)?;
    Ok(Page(CandidatePage { layout: shared::below(layout, &election), election, candidate }))
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use crate::web::elections::testing::{make, site_of};
    use crate::web::router::tests::{get_from, page, words};

    async fn id_of(pool: &PgPool, name: &str) -> i64 {
        sqlx::query_scalar("select candidate_id from candidate where name = $1")
            .bind(name)
            .fetch_one(pool)
            .await
            .unwrap()
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_statement_is_shown_and_runs_nothing(pool: PgPool) {
        let site = site_of(&pool);
        make(&pool, "announced").await;
        let shown = page(&site, &format!("/elections/board/candidates/{}", id_of(&pool, "Cy <b>").await)).await;
        assert_eq!(words(&shown, "h1"), ["Cy <b>"]);
        assert_eq!(words(&shown, ".prose strong"), ["will"]);
        assert!(words(&shown, "main script, main b").is_empty());
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_nominee_who_has_not_accepted_has_no_page(pool: PgPool) {
        let site = site_of(&pool);
        make(&pool, "announced").await;
        let id = id_of(&pool, "Ada").await;
        sqlx::query("update candidate set accepted_at = null").execute(&pool).await.unwrap();
        for id in [id.to_string(), "999999".into(), "x".into()] {
            assert_eq!(get_from(&site, &format!("/elections/board/candidates/{id}")).await.status(), 404);
        }
    }
}
