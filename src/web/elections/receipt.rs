//! `/elections/{slug}/receipt`: what became of the ballot with this receipt.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::election::{self, Election, Receipt};
use crate::web::elections as shared;
use crate::web::form::{Fields, QueryFields};
use crate::web::state::Snapshot;
use crate::web::{Layout, Page, Visitor, WebError};

/// The form, and the answer once something was asked.
#[derive(Debug, Template)]
#[template(path = "elections/receipt.html")]
pub struct ReceiptPage {
    layout: Layout,
    election: Election,
    fields: Fields,
    found: Option<Receipt>,
}

impl ReceiptPage {
    fn url(&self) -> String {
        shared::address(&self.election)
    }

    fn key(receipt: Receipt) -> &'static str {
        match receipt {
            Receipt::Received => "received",
            Receipt::Replaced => "replaced",
            Receipt::Counted => "counted",
            Receipt::Unknown => "unknown",
        }
    }

    /// The answer: colour, word, sentence.
    fn answer(&self) -> Option<(&'static str, String, String)> {
        let found = self.found?;
        let key = format!("election.receipt.{}", Self::key(found));
        let class = if found == Receipt::Unknown { "bad" } else { "" };
        Some((class, self.layout.t(&key), self.layout.t(&format!("{key}_text"))))
    }
}

/// Shows the form; with `?leaf=` the answer.
pub async fn show(
    Path(slug): Path<String>,
    visitor: Visitor,
    layout: Layout,
    QueryFields(mut fields): QueryFields,
    mut snapshot: Snapshot,
) -> Result<Response, WebError> {
    let election = shared::find(snapshot.db(), &slug, layout.now, &visitor).await?;
    let layout = shared::below(layout, &election);
    let mut found = None;
    if fields.has("leaf") {
        match leaf(fields.get("leaf")) {
            Some(leaf) => found = Some(election::receipt(snapshot.db(), &election, &leaf).await?),
            None => fields.fail("leaf", layout.t("election.receipt.malformed")),
        }
    }
    let status = if fields.is_valid() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((status, Page(ReceiptPage { layout, election, fields, found })).into_response())
}

/// 32 bytes from hex digits, blanks between them allowed.
fn leaf(text: &str) -> Option<[u8; 32]> {
    let digits: String = text.split_whitespace().collect();
    let mut leaf = [0; 32];
    hex::decode_to_slice(digits, &mut leaf).ok()?;
    Some(leaf)
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use crate::web::elections::testing::{Bench, seen};
    use crate::web::router::tests::{get_from, page, words};

    async fn says(bench: &Bench, leaf: &str) -> Vec<String> {
        words(&page(&bench.site, &format!("/elections/board/receipt?leaf={leaf}")).await, ".note h2")
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_receipt_is_received_replaced_counted_or_unknown(pool: PgPool) {
        let bench = Bench::new(&pool);
        let election = bench.open(30).await;
        let first = bench.cast(&election, 1, &[1, 2, 3]).await;
        assert_eq!(says(&bench, &first).await, ["In the box"]);
        let second = bench.cast(&election, 1, &[3, 2, 1]).await;
        assert_eq!(says(&bench, &first).await, ["Replaced"]);
        assert_eq!(says(&bench, &"0".repeat(64)).await, ["Not known"]);
        bench.close(&election).await;
        assert_eq!(says(&bench, &second.to_uppercase()).await, ["Counted"]);
        assert_eq!(says(&bench, &first).await, ["Replaced"]);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn half_a_receipt_is_asked_for_again(pool: PgPool) {
        let bench = Bench::new(&pool);
        bench.open(30).await;
        let answer = get_from(&bench.site, "/elections/board/receipt?leaf=abc").await;
        assert_eq!(answer.status(), 422);
        assert_eq!(words(&seen(answer).await, "#leaf-error").len(), 1);
        assert!(words(&page(&bench.site, "/elections/board/receipt").await, ".note").is_empty());
    }
}
