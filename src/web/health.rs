//! Whether the process lives, and whether it can serve.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::TimeDelta;
use serde::Serialize;

use crate::app::App;

/// How far our clock may be from the database's before deadlines would lie.
const MOST_SKEW: TimeDelta = TimeDelta::seconds(1);

/// What `/readyz` answers.
#[derive(Debug, Serialize)]
pub struct Readiness {
    ready: bool,
    database: &'static str,
    clock: String,
}

/// The process answers.
pub async fn live() -> &'static str {
    "alive\n"
}

/// The database answers, and its clock is ours.
pub async fn ready(State(app): State<App>) -> (StatusCode, Json<Readiness>) {
    let readiness = check(&app).await.unwrap_or_else(|error| {
        tracing::warn!(error.cause = %error, "not ready: the database does not answer");
        Readiness { ready: false, database: "does not answer", clock: "unknown".into() }
    });
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness))
}

async fn check(app: &App) -> sqlx::Result<Readiness> {
    let mut db = app.pool.acquire().await?;
    let before = app.clock.now();
    let theirs = crate::db::clock(&mut db).await?;
    let after = app.clock.now();
    // The question took from before to after: only beyond that is the clock off.
    let skew = (before - theirs).max(theirs - after).max(TimeDelta::zero());
    let ready = skew <= MOST_SKEW;
    Ok(Readiness { ready, database: "answers", clock: format!("{} ms from the database's", skew.num_milliseconds()) })
}
