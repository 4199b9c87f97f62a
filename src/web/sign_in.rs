//! `/sign-in` and `/sign-out`: an officer's login and password for a cookie.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use tokio::sync::Semaphore;

use crate::app::App;
use crate::auth::{self, AuthError};
use crate::web::form::{Fields, QueryFields};
use crate::web::{Layout, Page, Visitor, WebError, session, urls};

/// A sign-in holds a database connection while it hashes: never more than two at
/// a time, so that a flood of them leaves the rest to the voters.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// The form.
#[derive(Debug, Template)]
#[template(path = "sign_in.html")]
pub struct SignInPage {
    layout: Layout,
    fields: Fields,
}

/// Shows the form; officers who are signed in already go on.
pub async fn show(layout: Layout, visitor: Visitor, QueryFields(query): QueryFields) -> Response {
    let next = destination(query.get("next"));
    if visitor.is_officer() {
        return Redirect::to(next).into_response();
    }
    let fields = Fields::of([("next", next.to_owned())]);
    Page(SignInPage { layout, fields }).into_response()
}

/// Signs in.
pub async fn submit(
    State(app): State<App>,
    layout: Layout,
    jar: CookieJar,
    mut fields: Fields,
) -> Result<Response, WebError> {
    let login = fields.required("login", "Write your login.");
    let password = fields.required("password", "Write your password.");
    if let (Some(login), Some(password)) = (login, password) {
        match sign_in(&app, login.trim_start_matches('@'), password).await {
            Ok(token) => {
                let next = destination(fields.get("next")).to_owned();
                return Ok((jar.add(session::cookie(&app, token)), Redirect::to(&next)).into_response());
            }
            Err(AuthError::Wrong) => fields.fail("login", "Login or password is wrong."),
            Err(error) => return Err(anyhow::Error::new(error).context("a sign-in").into()),
        }
    }
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(SignInPage { layout, fields })).into_response())
}

/// Signs out.
pub async fn sign_out(State(app): State<App>, jar: CookieJar) -> Result<Response, WebError> {
    if let Some(token) = session::token(&app, &jar) {
        let mut tx = app.pool.begin().await?;
        auth::sign_out(&mut tx, &token).await?;
        tx.commit().await?;
    }
    Ok((jar.remove(session::cookie(&app, String::new())), Redirect::to("/")).into_response())
}

async fn sign_in(app: &App, login: &str, password: String) -> Result<String, AuthError> {
    let _turn = AT_ONCE.acquire().await;
    let mut tx = app.pool.begin().await?;
    let token = auth::sign_in(&mut tx, &app.random, login, password, app.clock.now()).await?;
    tx.commit().await?;
    Ok(token)
}

/// Where to go afterwards: an address of ours, else the officers' desk.
fn destination(next: &str) -> &str {
    match urls::local(next) {
        "/" => "/officer",
        next if urls::is_below(next, "/sign-in") => "/officer",
        next => next,
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, header};
    use sqlx::PgPool;
    use tower::ServiceExt;

    use crate::web::elections::testing::{ada, post, signed_in, site_of};
    use crate::web::router::tests::{get_from, page, site, words};

    use super::*;

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn an_officer_signs_in_and_out(pool: PgPool) {
        let site = site_of(&pool);
        ada(&pool).await;
        let form = "login=%40ada&password=correct+horse+battery&next=%2Felections%2Fnew";
        let answer = post(&site, "/sign-in", "", form).await;
        assert_eq!(
            (answer.status(), &answer.headers()[header::LOCATION]),
            (StatusCode::SEE_OTHER, &"/elections/new".parse().unwrap())
        );
        let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
        for part in ["__Host-session=", "HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        let cookie = cookie.split(';').next().unwrap();
        assert_eq!(desk(&site, cookie).await, StatusCode::OK);
        let out = post(&site, "/sign-out", cookie, "").await;
        assert!(out.headers()[header::SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
        assert_eq!(desk(&site, cookie).await, StatusCode::SEE_OTHER);
    }

    async fn desk(site: &axum::Router, cookie: &str) -> StatusCode {
        let request = Request::get("/officer").header(header::COOKIE, cookie).body(Body::empty()).unwrap();
        site.clone().oneshot(request).await.unwrap().status()
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_wrong_password_and_an_unknown_login_get_the_same_page(pool: PgPool) {
        let site = site_of(&pool);
        ada(&pool).await;
        for login in ["ada", "nobody"] {
            let answer = post(&site, "/sign-in", "", &format!("login={login}&password=wrong+horse+battery")).await;
            assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
            assert!(!answer.headers().contains_key(header::SET_COOKIE));
            let page = scraper::Html::parse_document(&crate::web::router::tests::text(answer).await);
            assert_eq!(words(&page, "#login-error"), ["Login or password is wrong."]);
            assert!(!page.html().contains("wrong horse"), "a password is never shown again");
        }
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn nobody_is_sent_to_another_site(pool: PgPool) {
        let site = site_of(&pool);
        ada(&pool).await;
        let form = "login=ada&password=correct+horse+battery&next=%2F%2Fevil.example";
        assert_eq!(post(&site, "/sign-in", "", form).await.headers()[header::LOCATION], "/officer");
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn the_header_says_who_is_signed_in(pool: PgPool) {
        let site = site_of(&pool);
        let cookie = signed_in(&pool).await;
        let request = Request::get("/nowhere").header(header::COOKIE, cookie).body(Body::empty()).unwrap();
        let answer = site.clone().oneshot(request).await.unwrap();
        let shown = scraper::Html::parse_document(&crate::web::router::tests::text(answer).await);
        assert_eq!(words(&shown, ".wide a.who"), ["Ada"]);
    }

    #[sqlx::test(migrator = "crate::MIGRATOR")]
    async fn a_visitor_is_sent_to_the_form_and_comes_back(pool: PgPool) {
        let site = site(pool);
        let answer = get_from(&site, "/elections/new").await;
        assert_eq!(answer.headers()[header::LOCATION], "/sign-in?next=%2Felections%2Fnew");
        let form = page(&site, "/sign-in?next=%2Felections%2Fnew").await;
        let next = scraper::Selector::parse("input[name=next]").unwrap();
        assert_eq!(form.select(&next).next().unwrap().value().attr("value"), Some("/elections/new"));
    }
}
