//! `/elections/{slug}/nominate`: naming somebody who is then asked by mail.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use crate::app::App;
use crate::clock::utc_text;
use crate::election::nomination::{self, NominationError};
use crate::election::{Election, Phase};
use crate::web::elections as shared;
use crate::web::form::Fields;
use crate::web::state::Snapshot;
use crate::web::{Layout, Page, Visitor, WebError};

/// The form.
#[derive(Debug, Template)]
#[template(path = "elections/nominate.html")]
pub struct NominatePage {
    layout: Layout,
    election: Election,
    fields: Fields,
}

/// What happens next.
#[derive(Debug, Template)]
#[template(path = "elections/nominate_thanks.html")]
pub struct ThanksPage {
    layout: Layout,
    election: Election,
}

impl NominatePage {
    fn url(&self) -> String {
        shared::address(&self.election)
    }

    fn until(&self) -> String {
        shared::what_now(&self.layout, &self.election, Phase::Nominating)
    }
}

impl ThanksPage {
    fn url(&self) -> String {
        shared::address(&self.election)
    }

    fn next(&self) -> String {
        let until = self.election.nominations_close_at.unwrap_or(self.election.opens_at);
        self.layout.say("election.nominate.thanks_next", &["date"], &[&utc_text(until)])
    }
}

/// Shows the form while nominations are open.
pub async fn show(
    Path(slug): Path<String>,
    visitor: Visitor,
    layout: Layout,
    mut snapshot: Snapshot,
) -> Result<Page<NominatePage>, WebError> {
    let election = shared::find(snapshot.db(), &slug, layout.now, &visitor).await?;
    if election.phase(layout.now) != Phase::Nominating {
        return Err(closed(&layout, &election));
    }
    Ok(Page(NominatePage { layout: shared::below(layout, &election), election, fields: Fields::default() }))
}

/// Takes a nomination.
pub async fn submit(
    Path(slug): Path<String>,
    State(app): State<App>,
    visitor: Visitor,
    layout: Layout,
    mut fields: Fields,
) -> Result<Response, WebError> {
    let mut tx = app.pool.begin().await?;
    let election = shared::find(&mut tx, &slug, layout.now, &visitor).await?;
    let login = fields.required("login", &layout.t("election.nominate.need_login"));
    let by = fields.required("by", &layout.t("election.nominate.need_by"));
    if let (Some(login), Some(by)) = (login, by) {
        let tools = (&app.keys, app.public_url.as_str(), &app.random);
        match nomination::nominate(&mut tx, tools, &election, (&login, &by), app.clock.now()).await {
            Ok(()) => {
                tx.commit().await?;
                return Ok(Redirect::to(&format!("{}/nominate/thanks", shared::address(&election))).into_response());
            }
            Err(NominationError::NotOpen) => return Err(closed(&layout, &election)),
            Err(error) => note(&mut fields, error)?,
        }
    }
    let page = NominatePage { layout: shared::below(layout, &election), election, fields };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
}

/// Says what happens next.
pub async fn thanks(
    Path(slug): Path<String>,
    visitor: Visitor,
    layout: Layout,
    mut snapshot: Snapshot,
) -> Result<Page<ThanksPage>, WebError> {
    let election = shared::find(snapshot.db(), &slug, layout.now, &visitor).await?;
    Ok(Page(ThanksPage { layout: shared::below(layout, &election), election }))
}

/// Puts a refusal beside its field; what is not the form's fault goes on.
fn note(fields: &mut Fields, error: NominationError) -> Result<(), WebError> {
    let field = match &error {
        NominationError::NominatorNotOnRoll(_) => "by",
        NominationError::NotOnRoll(_) | NominationError::NoAddress(_) | NominationError::Already(_) => "login",
        _ => return Err(anyhow::Error::new(error).context("a nomination").into()),
    };
    fields.fail(field, error.to_string());
    Ok(())
}

fn closed(layout: &Layout, election: &Election) -> WebError {
    let title = layout.t("election.nominate.closed_title");
    let message = match (election.nominations_open_at, election.nominations_close_at) {
        (Some(from), Some(to)) => layout.say(
            "election.nominate.closed",
            &["title", "from", "to"],
            &[&election.title, &utc_text(from), &utc_text(to)],
        ),
        _ => layout.say("election.nominate.none", &["title"], &[&election.title]),
    };
    shared::refusal(election, title, message)
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;
    use crate::eligibility::import;
    use crate::web::elections::testing::{Bench, make, post, roll, seen};
    use crate::web::router::tests::{get_from, page, words};

    async fn nominating(pool: &PgPool) -> Bench {
        let bench = Bench::new(pool);
        let election = make(pool, "announced").await;
        let mut db = pool.acquire().await.unwrap();
        import::roll(&mut db, election.election_id, roll(5).as_bytes()).await.unwrap();
        bench
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_nominee_is_asked_by_mail_and_is_not_public(pool: PgPool) {
        let bench = nominating(&pool).await;
        let answer = post(&bench.site, "/elections/board/nominate", "", "login=%40VOTER1&by=voter2").await;
        assert_eq!(answer.headers()["location"], "/elections/board/nominate/thanks");
        let thanks = page(&bench.site, "/elections/board/nominate/thanks").await;
        assert_eq!(words(&thanks, "h1"), ["Thank you: they have been asked"]);
        let mails: i64 =
            sqlx::query_scalar("select count(*) from mail where kind = 'nomination'").fetch_one(&pool).await.unwrap();
        assert_eq!(mails, 1);
        assert!(!page(&bench.site, "/elections/board").await.html().contains("voter1"));
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn each_mistake_stands_beside_its_field_with_what_was_typed(pool: PgPool) {
        let bench = nominating(&pool).await;
        for (form, field) in [
            ("login=&by=voter1", "#login-error"),
            ("login=voter1&by=", "#by-error"),
            ("login=stranger&by=voter1", "#login-error"),
            ("login=voter1&by=stranger", "#by-error"),
        ] {
            let answer = post(&bench.site, "/elections/board/nominate", "", form).await;
            assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{form}");
            assert_eq!(words(&seen(answer).await, field).len(), 1, "{form}");
        }
        let evil = "login=%22%3E%3Cscript%3E&by=voter1";
        let shown = seen(post(&bench.site, "/elections/board/nominate", "", evil).await).await;
        assert!(words(&shown, "main script").is_empty());
        let typed = scraper::Selector::parse("#login").unwrap();
        assert_eq!(shown.select(&typed).next().unwrap().value().attr("value"), Some("\"><script>"));
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn outside_the_nomination_period_the_form_is_closed(pool: PgPool) {
        let bench = nominating(&pool).await;
        bench.at_day(7);
        assert_eq!(get_from(&bench.site, "/elections/board/nominate").await.status(), 409);
        let answer = post(&bench.site, "/elections/board/nominate", "", "login=voter1&by=voter2").await;
        assert_eq!(answer.status(), 409);
        assert_eq!(words(&seen(answer).await, "h1"), ["Nominations are not open"]);
    }
}
