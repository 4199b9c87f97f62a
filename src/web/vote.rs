//! `/vote/{token}`: a personal link. It redirects at once to a clean address and
//! hands the token on in a cookie that *contains* it, encrypted; no row is
//! written, whoever follows the link and however often.

use axum::{
    extract::{Path, State},
    response::Redirect,
};
use axum_extra::extract::{
    PrivateCookieJar,
    cookie::{Cookie, SameSite},
};

use crate::{app::App, election::keys::Token};

/// Follows the link. A malformed token leads to the same page as an unknown one.
pub async fn show(
    State(app): State<App>,
    jar: PrivateCookieJar,
    Path(token): Path<String>,
) -> (PrivateCookieJar, Redirect) {
    let cookie = private_cookie(&app, "ballot", token);
    let jar = if Token::parse(cookie.value()).is_some() { jar.add(cookie) } else { jar.remove(cookie) };
    (jar, Redirect::to("/ballot"))
}

/// The token that this browser's link held, if it was one.
pub fn token(app: &App, jar: &PrivateCookieJar) -> Option<Token> {
    Token::parse(jar.get(cookie_name(app, "ballot"))?.value())
}

/// A cookie that ends with the browser, is sent to us alone and is read by nobody.
pub fn private_cookie(app: &App, name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build((cookie_name(app, name), value))
        .path("/")
        .http_only(true)
        .secure(is_https(app))
        .same_site(SameSite::Lax)
        .build()
}

/// `__Host-` pins a cookie to this host over https; plain http (a demonstration,
/// or a loopback address) may not set such a one.
pub fn cookie_name(app: &App, name: &'static str) -> &'static str {
    match (name, is_https(app)) {
        ("ballot", true) => "__Host-ballot",
        ("counted", true) => "__Host-counted",
        (name, _) => name,
    }
}

fn is_https(app: &App) -> bool {
    app.public_url.starts_with("https://")
}
