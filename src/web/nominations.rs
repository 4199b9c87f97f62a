//! `/nominations/{token}`: where a nominee answers, and later changes the statement.
//! Opening the link writes nothing; a link that answers nothing reads like any other.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use crate::app::App;
use crate::clock::utc_text;
use crate::election::keys::Token;
use crate::election::nomination::{self, NominationError};
use crate::election::{Candidate, Election, Phase};
use crate::web::elections::{self, refusal};
use crate::web::form::{Fields, QueryFields};
use crate::web::markdown::{SafeHtml, markdown};
use crate::web::state::Snapshot;
use crate::web::{Layout, Page, WebError};

/// The nominee's form, with what voters read below it.
#[derive(Debug, Template)]
#[template(path = "nominations.html")]
pub struct NominationPage {
    layout: Layout,
    election: Election,
    nominee: Candidate,
    fields: Fields,
    token: String,
    saved: bool,
}

impl NominationPage {
    fn has_accepted(&self) -> bool {
        self.nominee.accepted_at.is_some()
    }

    fn title(&self) -> String {
        let key = if self.has_accepted() { "election.nomination.accepted_title" } else { "election.nomination.title" };
        self.layout.say(key, &["title"], &[&self.election.title])
    }

    fn lead(&self) -> String {
        let until = self.election.nominations_close_at.map(utc_text).unwrap_or_default();
        if self.has_accepted() {
            return self.layout.say("election.nomination.accepted_lead", &["date"], &[&until]);
        }
        let login = self.nominee.login.as_deref().unwrap_or_default();
        if self.nominee.is_self_nominated() {
            return self.layout.say("election.nomination.lead_self", &["login"], &[&login]);
        }
        self.layout.say("election.nomination.lead", &["login", "by"], &[&login, &self.nominee.nominated_by])
    }

    fn preview(&self) -> SafeHtml {
        markdown(self.fields.get("bio"))
    }

    fn words(&self) -> String {
        let n = self.fields.get("bio").split_whitespace().count();
        self.layout.say("election.nomination.words", &["n"], &[&n])
    }

    fn public_page(&self) -> String {
        format!("{}/candidates/{}", elections::address(&self.election), self.nominee.candidate_id)
    }
}

/// Shows the form; writes nothing.
pub async fn show(
    Path(token): Path<String>,
    QueryFields(query): QueryFields,
    layout: Layout,
    mut snapshot: Snapshot,
) -> Result<Page<NominationPage>, WebError> {
    let secret = Token::parse(&token).ok_or_else(no_link)?;
    let opened = nomination::open(snapshot.db(), &secret).await;
    let (election, nominee) = opened.map_err(WebError::from)?;
    if election.phase(layout.now) != Phase::Nominating {
        return Err(closed(&layout, &election));
    }
    let name = if nominee.accepted_at.is_some() { nominee.name.clone() } else { String::new() };
    let fields = Fields::of([("name", name), ("employer", nominee.employer.clone()), ("bio", nominee.bio.clone())]);
    Ok(Page(NominationPage { saved: query.has("saved"), layout, election, nominee, fields, token }))
}

/// Accepts, or saves a change.
pub async fn submit(
    Path(token): Path<String>,
    State(app): State<App>,
    layout: Layout,
    mut fields: Fields,
) -> Result<Response, WebError> {
    let secret = Token::parse(&token).ok_or_else(no_link)?;
    let mut tx = app.pool.begin().await?;
    let (election, nominee) = nomination::open(&mut tx, &secret).await?;
    let said = (fields.get("name"), fields.get("employer"), fields.get("bio"));
    let (field, problem) = match nomination::accept(&mut tx, &secret, said, layout.now).await {
        Ok(_) => {
            tx.commit().await?;
            return Ok(Redirect::to(&format!("/nominations/{token}?saved=yes")).into_response());
        }
        Err(NominationError::NotOpen) => return Err(closed(&layout, &election)),
        Err(NominationError::Field { field, problem }) => (field, capital(problem)),
        Err(error @ NominationError::NameTaken(_)) => ("name", capital(&error.to_string())),
        Err(error @ NominationError::TooLong(_)) => ("bio", capital(&error.to_string())),
        Err(error) => return Err(error.into()),
    };
    fields.fail(field, problem);
    let page = NominationPage { layout, election, nominee, fields, token, saved: false };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
}

impl From<NominationError> for WebError {
    fn from(error: NominationError) -> Self {
        match error {
            NominationError::Link => no_link(),
            NominationError::Database(error) => error.into(),
            error => anyhow::Error::new(error).context("a nomination").into(),
        }
    }
}

fn no_link() -> WebError {
    WebError::not_found(capital(&NominationError::Link.to_string()))
}

fn closed(layout: &Layout, election: &Election) -> WebError {
    let until = election.nominations_close_at.map(utc_text).unwrap_or_default();
    let message = layout.say("election.nomination.closed", &["title", "date"], &[&election.title, &until]);
    refusal(election, layout.t("election.nomination.closed_title"), message)
}

/// A domain's phrase as a sentence.
fn capital(phrase: &str) -> String {
    let mut letters = phrase.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>() + ".").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;
    use crate::eligibility::import;
    use crate::mail::{MailRow, load};
    use crate::web::elections::testing::{Bench, make, post, roll, seen};
    use crate::web::router::tests::{get_from, page, words};

    /// A nominated voter and the address in the mail to them.
    async fn nominated(pool: &PgPool) -> (Bench, String) {
        let bench = Bench::new(pool);
        let election = make(pool, "announced").await;
        let mut db = pool.acquire().await.unwrap();
        import::roll(&mut db, election.election_id, roll(5).as_bytes()).await.unwrap();
        drop(db);
        post(&bench.site, "/elections/board/nominate", "", "login=voter1&by=voter2").await;
        let mut db = pool.acquire().await.unwrap();
        let id = sqlx::query_scalar("select mail_id from mail").fetch_one(&mut *db).await.unwrap();
        let row: MailRow = load(&mut db, id).await.unwrap().unwrap();
        let (app, now) = (&bench.app, bench.app.clock.now());
        crate::election::post::compose(&mut db, &app.keys, &row, &app.public_url, now).await.unwrap().unwrap();
        let id: i64 = sqlx::query_scalar("select candidate_id from candidate where login = 'voter1'")
            .fetch_one(pool)
            .await
            .unwrap();
        let token = app.keys.election("board").unwrap().nominee_token(id).reveal();
        (bench, format!("/nominations/{token}"))
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_nominee_accepts_and_is_public_from_then_on(pool: PgPool) {
        let (bench, link) = nominated(&pool).await;
        let shown = page(&bench.site, &link).await;
        assert_eq!(words(&shown, "h1"), ["Will you stand for Board <2026>?"]);
        assert!(words(&shown, "input[type=search]").is_empty(), "a bare page");
        let form = "name=Vera+%3Ci%3E&employer=Independent&bio=I+**will**+%3Cscript%3Ealert(1)%3C%2Fscript%3E";
        let answer = post(&bench.site, &link, "", form).await;
        assert_eq!(answer.headers()["location"].to_str().unwrap(), format!("{link}?saved=yes"));
        let saved = page(&bench.site, &format!("{link}?saved=yes")).await;
        assert_eq!(words(&saved, "h1"), ["You stand for Board <2026>"]);
        assert_eq!(words(&saved, ".prose strong"), ["will"]);
        assert!(words(&saved, "main script, main i").is_empty());
        let election = page(&bench.site, "/elections/board").await;
        assert!(words(&election, ".cards h3").contains(&"Vera <i>".to_owned()));
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn opening_the_link_writes_nothing_and_is_not_kept(pool: PgPool) {
        let (bench, link) = nominated(&pool).await;
        for _ in 0..2 {
            let answer = get_from(&bench.site, &link).await;
            assert_eq!(
                (answer.status(), &answer.headers()["cache-control"]),
                (StatusCode::OK, &"no-store".parse().unwrap())
            );
        }
        let accepted: i64 =
            sqlx::query_scalar("select count(*) from candidate where login = 'voter1' and accepted_at is not null")
                .fetch_one(&pool)
                .await
                .unwrap();
        assert_eq!(accepted, 0);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn what_is_missing_stands_beside_its_field(pool: PgPool) {
        let (bench, link) = nominated(&pool).await;
        let long = format!("name=V&employer=I&bio={}", "word+".repeat(451));
        for (form, field) in [
            ("name=&employer=I&bio=x", "#name-error"),
            ("name=Ada&employer=I&bio=x", "#name-error"),
            ("name=V&employer=&bio=x", "#employer-error"),
            ("name=V&employer=I&bio=", "#bio-error"),
            (&long, "#bio-error"),
        ] {
            let answer = post(&bench.site, &link, "", form).await;
            assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
            assert_eq!(words(&seen(answer).await, field).len(), 1, "{field}");
        }
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn every_link_that_answers_nothing_reads_alike(pool: PgPool) {
        let (bench, _) = nominated(&pool).await;
        for bad in ["x".to_owned(), "0".repeat(64), "f".repeat(63)] {
            let answer = get_from(&bench.site, &format!("/nominations/{bad}")).await;
            assert_eq!(answer.status(), 404);
            let shown = seen(answer).await;
            assert!(words(&shown, ".lead")[0].starts_with("This link answers no nomination"));
            let answer = post(&bench.site, &format!("/nominations/{bad}"), "", "name=a&employer=b&bio=c").await;
            assert_eq!(answer.status(), 404);
        }
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn after_the_deadline_nothing_can_be_changed(pool: PgPool) {
        let (bench, link) = nominated(&pool).await;
        bench.at_day(7);
        assert_eq!(get_from(&bench.site, &link).await.status(), 409);
        assert_eq!(post(&bench.site, &link, "", "name=V&employer=I&bio=x").await.status(), 409);
    }
}
