//! Who is signed in: the cookie an officer carries, and what it opens.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::{Method, request::Parts};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

use crate::app::App;
use crate::auth::{self, Officer};
use crate::web::layout::SignedIn;
use crate::web::{WebError, WebState, urls};

/// The cookie's name: browsers take the first only over https, from this host alone.
fn name(app: &App) -> &'static str {
    if is_https(app) { "__Host-session" } else { "session" }
}

fn is_https(app: &App) -> bool {
    app.public_url.starts_with("https://")
}

/// The cookie that holds a session's token. The browser forgets it when it is
/// closed; the session itself ends by `auth::SESSION`.
pub fn cookie(app: &App, token: String) -> Cookie<'static> {
    let mut cookie = Cookie::new(name(app), token);
    cookie.set_path("/");
    cookie.set_http_only(true);
    cookie.set_secure(is_https(app));
    cookie.set_same_site(SameSite::Lax);
    cookie
}

/// The session's token, if the request carries one.
pub fn token(app: &App, jar: &CookieJar) -> Option<String> {
    jar.get(name(app)).map(|cookie| cookie.value().to_owned())
}

/// Puts the officer whose session the cookie is into the request. Voters' pages,
/// static files and the answers for programs never ask.
pub async fn remember(State(web): State<WebState>, mut request: Request, next: Next) -> Response {
    let jar = CookieJar::from_headers(request.headers());
    let path = request.uri().path();
    let asks = !urls::is_bare(path) && !urls::is_below(path, "/static") && !urls::is_below(path, urls::API);
    if let Some(token) = token(&web.app, &jar).filter(|_| asks) {
        match officer(&web.app, &token).await {
            Ok(Some(officer)) => {
                request.extensions_mut().insert(SignedIn(officer.login().to_owned()));
                request.extensions_mut().insert(officer);
            }
            Ok(None) => {}
            Err(error) => tracing::error!(error.cause = %error, "a session could not be looked up"),
        }
    }
    next.run(request).await
}

async fn officer(app: &App, token: &str) -> sqlx::Result<Option<Officer>> {
    let mut db = app.pool.acquire().await?;
    auth::officer_of(&mut db, token, app.clock.now()).await
}

/// Whoever asks: an officer or not.
#[derive(Clone, Debug)]
pub struct Visitor(pub Option<Officer>);

impl Visitor {
    /// Whether an officer is signed in.
    pub fn is_officer(&self) -> bool {
        self.0.is_some()
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get::<Officer>().cloned()))
    }
}

/// An officer; others are sent to sign in, or refused if they came with a form.
#[derive(Clone, Debug)]
pub struct OfficerOnly(pub Officer);

impl<S: Sync> FromRequestParts<S> for OfficerOnly {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        if let Some(officer) = parts.extensions.get::<Officer>() {
            return Ok(Self(officer.clone()));
        }
        if parts.method == Method::GET || parts.method == Method::HEAD {
            let url = urls::with_query("/sign-in", [("next", parts.uri.path())]);
            return Err(Redirect::to(&url).into_response());
        }
        let why = "Only election officers may do this. Sign in, open the page again and send the form from there.";
        Err(WebError::Forbidden(why.into()).into_response())
    }
}
