//! `/officer/bots`: who is taken for a bot, and an officer's word on an account.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use sqlx::PgConnection;

use crate::app::App;
use crate::people::bots::{self, WordError};
use crate::people::store::{self, BotPattern};
use crate::web::form::Fields;
use crate::web::html::filters;
use crate::web::people::affiliation::sentence;
use crate::web::state::Snapshot;
use crate::web::{Layout, OfficerOnly, Page, WebError};

#[derive(Debug, Template)]
#[template(path = "officer/bots.html")]
pub struct BotsPage {
    layout: Layout,
    hitting: Vec<BotPattern>,
    /// Login (if it was seen), account, bot or not, reason.
    words: Vec<(Option<String>, i64, bool, String)>,
    fields: Fields,
}

/// Shows the list.
pub async fn show(_: OfficerOnly, layout: Layout, mut snapshot: Snapshot) -> Result<Page<BotsPage>, WebError> {
    Ok(Page(load(snapshot.db(), layout, Fields::of([("what", "human".to_owned())])).await?))
}

/// Takes an officer's word, or takes it back.
pub async fn submit(
    State(app): State<App>,
    OfficerOnly(officer): OfficerOnly,
    layout: Layout,
    mut fields: Fields,
) -> Result<Response, WebError> {
    let mut tx = app.pool.begin().await?;
    let login = fields.get("login").trim_start_matches('@').to_owned();
    let bot = match fields.get("what") {
        "bot" => Some(true),
        "human" => Some(false),
        "patterns" => None,
        other => return Err(WebError::BadRequest(format!("{other:?} is none of bot, human and patterns."))),
    };
    match store::account_by_login(&mut tx, &login).await? {
        None => fields.fail("login", "Nobody was seen under this login."),
        Some(id) => match bots::say(&mut tx, id, bot, officer.login(), fields.get("reason"), app.clock.now()).await {
            Ok(_) => {
                tx.commit().await?;
                return Ok(Redirect::to("/officer/bots").into_response());
            }
            Err(WordError::Db(error)) => return Err(error.into()),
            Err(error @ WordError::NoReason) => fields.fail("reason", sentence(&error)),
            Err(error) => fields.fail("login", sentence(&error)),
        },
    }
    tx.rollback().await?;
    let page = load(&mut *app.pool.acquire().await?, layout, fields).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
}

async fn load(db: &mut PgConnection, layout: Layout, fields: Fields) -> Result<BotsPage, WebError> {
    let hitting = store::bot_list(db).await?.into_iter().filter(|pattern| pattern.hits > 0).collect();
    let words = store::overrides(db).await?;
    Ok(BotsPage { layout: layout.crumb("Officers’ desk", "/officer"), hitting, words, fields })
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use crate::web::elections::testing::{get_as, post, seen, signed_in, site_of};
    use crate::web::fixture;
    use crate::web::router::tests::words;

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn an_officer_s_word_on_an_account_is_taken_and_taken_back(pool: PgPool) {
        fixture::three_hours(&pool).await;
        let site = site_of(&pool);
        let cookie = signed_in(&pool).await;
        let say = async |form: &str| post(&site, "/officer/bots", &cookie, form).await;
        let refused = seen(say("login=ada&what=bot&reason=").await).await;
        assert_eq!(words(&refused, "#reason-error").len(), 1);
        assert_eq!(words(&seen(say("login=nobody&what=bot&reason=x").await).await, "#login-error").len(), 1);
        assert_eq!(say("login=ada&what=robot&reason=x").await.status(), 400);
        assert_eq!(say("login=@ADA&what=bot&reason=a+cron+job").await.status(), 303);
        let page = seen(get_as(&site, "/officer/bots", &cookie).await).await;
        assert_eq!(words(&page, "#words tbody td"), ["ada", "a bot", "a cron job"]);
        assert_eq!(say("login=ada&what=patterns&reason=no").await.status(), 303);
        let again = seen(say("login=ada&what=patterns&reason=no").await).await;
        let nothing = "Nobody has said anything about this account: it is what the patterns say.";
        assert_eq!(words(&again, "#login-error"), [nothing]);
    }
}
