//! `/elections/{slug}/definition.json` and `/elections/{slug}/roll.lock`: the very
//! bytes whose hashes are on the pages.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::eligibility;
use crate::web::elections as shared;
use crate::web::state::Snapshot;
use crate::web::{Visitor, WebError};

/// The frozen definition.
pub async fn definition(
    Path(slug): Path<String>,
    visitor: Visitor,
    State(app): State<App>,
    mut snapshot: Snapshot,
) -> Result<Response, WebError> {
    let election = shared::find(snapshot.db(), &slug, app.clock.now(), &visitor).await?;
    let text =
        election.definition.ok_or_else(|| WebError::not_found("The definition of this election is not frozen yet."))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}

/// The roll with everything it was made from; ids and counts, no address.
pub async fn roll_lock(
    Path(slug): Path<String>,
    visitor: Visitor,
    State(app): State<App>,
    mut snapshot: Snapshot,
) -> Result<Response, WebError> {
    let election = shared::find(snapshot.db(), &slug, app.clock.now(), &visitor).await?;
    let lock = eligibility::lock_text(snapshot.db(), election.election_id).await?;
    let text = lock.ok_or_else(|| WebError::not_found("This election has no roll yet."))?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};
    use sqlx::PgPool;

    use crate::web::elections::testing::{Bench, make};
    use crate::web::router::tests::{get_from, text};

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn the_bytes_are_those_that_were_hashed(pool: PgPool) {
        let bench = Bench::new(&pool);
        let election = make(&pool, "announced").await;
        assert_eq!(get_from(&bench.site, "/elections/board/definition.json").await.status(), 404);
        assert_eq!(get_from(&bench.site, "/elections/board/roll.lock").await.status(), 404);
        let election = bench.freeze(&election, 30).await;
        let hash = |text: String| Sha256::digest(text.as_bytes()).to_vec();
        let definition = text(get_from(&bench.site, "/elections/board/definition.json").await).await;
        assert_eq!(Some(hash(definition)), election.definition_sha256);
        let lock = text(get_from(&bench.site, "/elections/board/roll.lock").await).await;
        assert!(!lock.contains("example.org"), "no address");
        assert_eq!(Some(hash(lock)), election.roll_sha256);
    }
}
