//! `/officer/claims`: what people say of their own affiliation, to be decided.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use sqlx::PgConnection;

use crate::app::App;
use crate::people::claim::{self, Claim, ClaimError};
use crate::people::store;
use crate::web::form::Fields;
use crate::web::html::{self, filters};
use crate::web::people::affiliation::sentence;
use crate::web::state::Snapshot;
use crate::web::{Layout, OfficerOnly, Page, WebError, urls};

#[derive(Debug, Template)]
#[template(path = "officer/claims.html")]
pub struct ClaimsPage {
    layout: Layout,
    waiting: Vec<Claim>,
    decided: Vec<Claim>,
    fields: Fields,
}

impl ClaimsPage {
    /// The reason typed for this claim, when it was refused to be taken.
    fn reason(&self, claim: &Claim) -> &str {
        if self.fields.get("claim") == claim.claim_id.to_string() { self.fields.get("reason") } else { "" }
    }
}

/// What is known of whose claim it is.
fn who(claim: &Claim) -> String {
    claim.login.clone().unwrap_or_else(|| format!("account {}", claim.person_id))
}

/// The page of whose claim it is.
fn url(claim: &Claim) -> String {
    urls::person(&who(claim))
}

/// Shows the queue.
pub async fn show(_: OfficerOnly, layout: Layout, mut snapshot: Snapshot) -> Result<Page<ClaimsPage>, WebError> {
    Ok(Page(load(snapshot.db(), layout, Fields::default()).await?))
}

/// Accepts or refuses one.
pub async fn submit(
    State(app): State<App>,
    OfficerOnly(officer): OfficerOnly,
    layout: Layout,
    mut fields: Fields,
) -> Result<Response, WebError> {
    let mut tx = app.pool.begin().await?;
    let id = fields.get("claim").parse().unwrap_or_default();
    let (by, reason, now) = (officer.login(), fields.get("reason"), app.clock.now());
    let done = match fields.get("do") {
        "accept" => claim::accept(&mut tx, id, by, reason, now).await,
        "refuse" => claim::refuse(&mut tx, id, by, reason, now).await,
        other => return Err(WebError::BadRequest(format!("{other:?} is neither accept nor refuse."))),
    };
    match done {
        Ok(()) => {
            tx.commit().await?;
            return Ok(Redirect::to("/officer/claims").into_response());
        }
        Err(ClaimError::Db(error)) => return Err(error.into()),
        Err(error) => fields.fail(&format!("reason-{id}"), sentence(&error)),
    }
    tx.rollback().await?;
    let page = load(&mut *app.pool.acquire().await?, layout, fields).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
}

async fn load(db: &mut PgConnection, layout: Layout, fields: Fields) -> Result<ClaimsPage, WebError> {
    let (decided, waiting) = store::claims(db).await?.into_iter().partition(|claim| claim.decided.is_some());
    Ok(ClaimsPage { layout: layout.crumb("Officers’ desk", "/officer"), waiting, decided, fields })
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use crate::web::elections::testing::{get_as, post, seen, signed_in, site_of};
    use crate::web::fixture;
    use crate::web::router::tests::{page, words};

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn an_officer_decides_and_says_why(pool: PgPool) {
        fixture::three_hours(&pool).await;
        let site = site_of(&pool);
        let cookie = signed_in(&pool).await;
        let form = "company=Acme+%3Cb%3E&from=2016-01-01&last=&why=%3Cscript%3Eme%3C%2Fscript%3E&mail=";
        post(&site, "/people/ada/affiliation", "", form).await;
        let queue = seen(get_as(&site, "/officer/claims", &cookie).await).await;
        assert_eq!(words(&queue, ".claim .badge"), ["unverified"]);
        assert!(words(&queue, "main script, .claim b").is_empty());
        let id: i64 = sqlx::query_scalar("select claim_id from affiliation_claim").fetch_one(&pool).await.unwrap();
        let decide = async |what: &str| post(&site, "/officer/claims", &cookie, &format!("claim={id}&{what}")).await;
        let answer = decide("do=accept&reason=").await;
        assert_eq!(answer.status(), 422);
        assert_eq!(words(&seen(answer).await, ".note.bad li"), ["Write the reason: it stays beside the claim."]);
        assert_eq!(decide("do=dance&reason=x").await.status(), 400);
        assert_eq!(decide("do=accept&reason=asked+her").await.status(), 303);
        let person = page(&site, "/people/ada").await;
        let spans = ["Analytical Engines 2015-01-01 to 2015-12-31", "Acme <b> since 2016-01-01"];
        assert_eq!(words(&person, "dd.affiliation"), spans);
        assert_eq!(decide("do=refuse&reason=a+namesake").await.status(), 303);
        assert_eq!(words(&page(&site, "/people/ada").await, "dd.affiliation").len(), 1);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn nobody_else_sees_or_decides(pool: PgPool) {
        let site = site_of(&pool);
        for path in ["/officer/claims", "/officer/people", "/officer/bots"] {
            let sent = crate::web::router::tests::get_from(&site, path).await;
            assert!(sent.headers()["location"].to_str().unwrap().starts_with("/sign-in"), "{path}");
            assert_eq!(post(&site, path, "", "claim=1&do=accept&reason=x").await.status(), 403, "{path}");
        }
    }
}
