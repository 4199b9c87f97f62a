//! What every page has around it: name, navigation, banner, who is signed in.

use std::convert::Infallible;
use std::fmt::Display;

use axum::extract::FromRequestParts;
use axum::http::{HeaderMap, header, request::Parts};
use chrono::{DateTime, Utc};
use rust_i18n::t;

use crate::app::App;
use crate::web::request::RequestId;
use crate::web::{WebState, assets, urls};

/// Who is signed in. The sign-in middleware puts it into the request's extensions.
#[derive(Clone, Debug)]
pub struct SignedIn(pub String);

/// One step of the way back to the top.
#[derive(Clone, Debug)]
pub struct Crumb {
    pub label: String,
    pub url: String,
}

/// The frame of a page; an extractor. Templates extend `layout.html` and have a
/// field `layout`.
#[derive(Clone, Debug)]
pub struct Layout {
    pub community: String,
    /// The page's own address, without its query.
    pub path: String,
    pub notice: Option<String>,
    /// The signed-in officer's login.
    pub officer: Option<String>,
    /// For someone without an account: no search, no sign-in.
    pub bare: bool,
    pub locale: String,
    pub crumbs: Vec<Crumb>,
    /// The instant of the request: what the page calls "now".
    pub now: DateTime<Utc>,
    pub request_id: String,
}

impl Layout {
    /// The frame for a request.
    pub fn of(app: &App, parts: &Parts) -> Self {
        let path = parts.uri.path();
        Self {
            community: app.community.clone(),
            path: path.to_owned(),
            notice: app.notice.clone(),
            officer: parts.extensions.get::<SignedIn>().map(|s| s.0.clone()),
            bare: urls::is_bare(path),
            locale: locale(&parts.headers),
            crumbs: Vec::new(),
            now: app.clock.now(),
            request_id: parts.extensions.get::<RequestId>().map_or_else(String::new, |id| id.0.clone()),
        }
    }

    /// Adds a step above this page to its breadcrumb, topmost first.
    #[must_use]
    pub fn crumb(mut self, label: impl Into<String>, url: impl Into<String>) -> Self {
        self.crumbs.push(Crumb { label: label.into(), url: url.into() });
        self
    }

    /// Takes search and sign-in out of the header.
    #[must_use]
    pub fn bare(mut self) -> Self {
        self.bare = true;
        self
    }

    /// Whether this is a demonstration: its people do not exist, so nothing links
    /// to accounts and repositories that somebody else may have.
    pub fn is_invented(&self) -> bool {
        self.notice.is_some()
    }

    /// A word of the catalogue in the reader's language.
    pub fn t(&self, key: &str) -> String {
        t!(key, locale = &self.locale).into_owned()
    }

    /// A sentence of the catalogue with its `%{names}` filled in.
    pub fn say(&self, key: &str, names: &[&str], values: &[&dyn Display]) -> String {
        let values: Vec<String> = values.iter().map(ToString::to_string).collect();
        rust_i18n::replace_patterns(&self.t(key), names, &values)
    }

    /// A sentence of the catalogue with one gap filled.
    pub fn with(&self, key: &str, name: &str, value: impl std::fmt::Display) -> String {
        self.t(key).replace(&format!("%{{{name}}}"), &value.to_string())
    }

    /// The pages of the header: address, word, whether we are there or below.
    pub fn nav(&self) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
        urls::NAV.iter().map(|(url, word)| (*url, *word, self.is_at(url)))
    }

    /// The address of a static file.
    pub fn asset(&self, name: &str) -> &'static str {
        assets::url(name)
    }

    fn is_at(&self, url: &str) -> bool {
        if url == "/" { self.path == "/" } else { urls::is_below(&self.path, url) }
    }
}

impl FromRequestParts<WebState> for Layout {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &WebState) -> Result<Self, Infallible> {
        Ok(Self::of(&state.app, parts))
    }
}

/// The first language of `Accept-Language` that the catalogue has; English otherwise.
fn locale(headers: &HeaderMap) -> String {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let have = rust_i18n::available_locales!();
    wanted
        .split(',')
        .map(|range| range.split([';', '-']).next().unwrap_or_default().trim().to_ascii_lowercase())
        .find(|language| have.iter().any(|h| h == language))
        .unwrap_or_else(|| "en".into())
}
