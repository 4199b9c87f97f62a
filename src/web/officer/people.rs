//! `/officer/people`: accounts that are one person, and what officers said about people.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use sqlx::PgConnection;

use crate::app::App;
use crate::auth::Officer;
use crate::people::alias::{self, AliasError};
use crate::people::store::{self, Alias, Word};
use crate::web::form::Fields;
use crate::web::html::filters;
use crate::web::people::affiliation::sentence;
use crate::web::state::Snapshot;
use crate::web::{Layout, OfficerOnly, Page, WebError};

/// Most words of the log that are shown.
const MOST_WORDS: i64 = 100;

#[derive(Debug, Template)]
#[template(path = "officer/people.html")]
pub struct PeoplePage {
    layout: Layout,
    aliases: Vec<Alias>,
    log: Vec<Word>,
    fields: Fields,
}

/// A login, or the number of an account that was not seen.
fn name(login: Option<&String>, id: &i64) -> String {
    login.cloned().unwrap_or_else(|| format!("account {id}, not seen yet"))
}

/// Shows who is one person.
pub async fn show(_: OfficerOnly, layout: Layout, mut snapshot: Snapshot) -> Result<Page<PeoplePage>, WebError> {
    Ok(Page(load(snapshot.db(), layout, Fields::default()).await?))
}

/// Merges two, or undoes it.
pub async fn submit(
    State(app): State<App>,
    OfficerOnly(officer): OfficerOnly,
    layout: Layout,
    mut fields: Fields,
) -> Result<Response, WebError> {
    let mut tx = app.pool.begin().await?;
    let done = match fields.get("do") {
        "split" => split(&mut tx, &mut fields, &officer, &app).await?,
        _ => merge(&mut tx, &mut fields, &officer, &app).await?,
    };
    if done {
        tx.commit().await?;
        return Ok(Redirect::to("/officer/people").into_response());
    }
    tx.rollback().await?;
    let page = load(&mut *app.pool.acquire().await?, layout, fields).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
}

async fn merge(db: &mut PgConnection, fields: &mut Fields, officer: &Officer, app: &App) -> Result<bool, WebError> {
    let first = account(db, fields, "account").await?;
    let into = account(db, fields, "into").await?;
    let (Some(first), Some(into)) = (first, into) else { return Ok(false) };
    let done = alias::merge(db, (first, into), officer.login(), fields.get("reason"), app.clock.now()).await;
    said(fields, done, "account", "reason")
}

async fn split(db: &mut PgConnection, fields: &mut Fields, officer: &Officer, app: &App) -> Result<bool, WebError> {
    let id = fields.get("id").parse().unwrap_or_default();
    let done = alias::split(db, id, officer.login(), fields.get("reason"), app.clock.now()).await;
    let field = format!("reason-{id}");
    // It belongs to the other form's field otherwise.
    let done = said(fields, done, &field, &field);
    fields.set("reason", "");
    done
}

/// Whether it is done; else says why not beside the field.
fn said(fields: &mut Fields, done: Result<(), AliasError>, field: &str, reason: &str) -> Result<bool, WebError> {
    match done {
        Ok(()) => return Ok(true),
        Err(AliasError::Db(error)) => return Err(error.into()),
        Err(error @ AliasError::NoReason) => fields.fail(reason, sentence(&error)),
        Err(error) => fields.fail(field, sentence(&error)),
    }
    Ok(false)
}

/// The account that a field names by login or number.
async fn account(db: &mut PgConnection, fields: &mut Fields, name: &str) -> Result<Option<i64>, WebError> {
    let text = fields.get(name).trim_start_matches('@').to_owned();
    let seen = store::account_by_login(db, &text).await?;
    let id = seen.or_else(|| text.parse().ok().filter(|id| *id > 0));
    if id.is_none() {
        fields.fail(name, "Write a login that was seen here, or the number of an account.");
    }
    Ok(id)
}

async fn load(db: &mut PgConnection, layout: Layout, fields: Fields) -> Result<PeoplePage, WebError> {
    let (aliases, log) = (store::aliases(db).await?, store::people_log(db, MOST_WORDS).await?);
    Ok(PeoplePage { layout: layout.crumb("Officers’ desk", "/officer"), aliases, log, fields })
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use crate::web::elections::testing::{get_as, post, seen, signed_in, site_of};
    use crate::web::fixture;
    use crate::web::router::tests::words;

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn two_accounts_become_one_person_and_two_again(pool: PgPool) {
        fixture::three_hours(&pool).await;
        let site = site_of(&pool);
        let cookie = signed_in(&pool).await;
        let say = async |form: &str| post(&site, "/officer/people", &cookie, form).await;
        let other: (i64, String) =
            sqlx::query_as("select actor_id, login from actor where actor_id <> 1 and not bot limit 1")
                .fetch_one(&pool)
                .await
                .unwrap();
        let merge = format!("do=merge&account={}&into=%40ada&reason=", other.1);
        let refused = say(&merge).await;
        assert_eq!(refused.status(), 422);
        assert_eq!(words(&seen(refused).await, "#reason-error"), ["Write the reason: it stays in the log."]);
        let unknown = seen(say("do=merge&account=nobody&into=ada&reason=x").await).await;
        assert_eq!(
            words(&unknown, "#account-error"),
            ["Write a login that was seen here, or the number of an account."]
        );
        assert_eq!(say(&(merge + "she+told+us")).await.status(), 303);
        let page = seen(get_as(&site, "/officer/people", &cookie).await).await;
        assert_eq!(words(&page, ".alias > p"), [format!("{} is one person with ada", other.1)]);
        let refused = say(&format!("do=split&id={}&reason=", other.0)).await;
        assert_eq!(words(&seen(refused).await, ".note.bad li"), ["Write the reason: it stays in the log."]);
        assert_eq!(say(&format!("do=split&id={}&reason=a+namesake", other.0)).await.status(), 303);
        let page = seen(get_as(&site, "/officer/people", &cookie).await).await;
        assert!(words(&page, ".alias").is_empty());
        assert_eq!(words(&page, "#log tbody tr").len(), 2);
    }
}
