//! What every handler can ask for.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum_extra::extract::cookie::Key;
use sqlx::{PgConnection, Postgres, Transaction};

use crate::app::App;
use crate::stats::{Days, Reader};
use crate::web::WebError;

/// The router's state.
#[derive(Clone, Debug)]
pub struct WebState {
    pub app: App,
}

impl FromRef<WebState> for App {
    fn from_ref(state: &WebState) -> Self {
        state.app.clone()
    }
}

impl FromRef<WebState> for Key {
    fn from_ref(state: &WebState) -> Self {
        Self::derive_from(&state.app.cookie_secret)
    }
}

/// A read-only snapshot of the database: every number on one page is of the same
/// instant, however much is ingested meanwhile. Dropped, it rolls back.
#[derive(Debug)]
pub struct Snapshot {
    tx: Transaction<'static, Postgres>,
    days: Days,
}

impl Snapshot {
    /// The connection for store functions.
    pub fn db(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// The same, for what is counted.
    pub fn reader(&mut self) -> Reader<'_> {
        Reader::new(&mut self.tx, &self.days)
    }
}

impl FromRequestParts<WebState> for Snapshot {
    type Rejection = WebError;

    async fn from_request_parts(_: &mut Parts, state: &WebState) -> Result<Self, WebError> {
        Ok(Self { tx: crate::db::snapshot(&state.app.pool).await?, days: state.app.days.clone() })
    }
}
